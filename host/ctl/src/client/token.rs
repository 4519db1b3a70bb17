//! Where the admin token of a node on this machine is found. Knows nothing of what it opens.

use std::path::{Path, PathBuf};

use super::NodeArgs;

/// The file the node writes at its first start, mode 0600, into its data folder.
const FILE: &str = "admin.token";

/// `--token`, else the token file in `--data`, else in the usual data folders. None where nothing is readable: reading
/// from loopback needs no token, and the node says what it misses.
pub(super) fn find(args: &NodeArgs) -> Option<String> {
    if let Some(token) = &args.token {
        return Some(token.trim().to_owned());
    }
    folders(args.data.as_deref()).iter().find_map(|folder| read(&folder.join(FILE)))
}

fn folders(data: Option<&Path>) -> Vec<PathBuf> {
    if let Some(data) = data {
        return vec![data.to_owned()];
    }
    let mut folders = vec![PathBuf::from("/var/lib/tocsin")];
    folders.extend(std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share/tocsin")));
    folders
}

fn read(path: &Path) -> Option<String> {
    let token = std::fs::read_to_string(path).ok()?;
    Some(token.trim().to_owned()).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_given_by_hand_wins_over_the_data_folder() {
        let args =
            NodeArgs { url: String::new(), token: Some(" given\n".to_owned()), data: Some(PathBuf::from("/nowhere")) };
        assert_eq!(find(&args).as_deref(), Some("given"));
    }

    #[test]
    fn a_data_folder_without_a_token_gives_none() {
        let args = NodeArgs { url: String::new(), token: None, data: Some(PathBuf::from("/nowhere")) };
        assert_eq!(find(&args), None);
    }
}
