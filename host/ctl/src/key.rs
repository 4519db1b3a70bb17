//! `pluginctl key` and the developer key that `build` signs with: minisign's own file format, so that minisign reads
//! it too. Which signers a node trusts is the node's business.

use std::env;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox};
use serde::Serialize;
use tocsin_sandbox::package::Package;

use crate::output::Output;

const SECRET_FILE: &str = "developer.key";
const PUBLIC_FILE: &str = "developer.pub";
/// The password of a protected key, for scripts.
const PASSWORD_VARIABLE: &str = "TOCSIN_KEY_PASSWORD";

/// Show or make the developer key that `build` signs with.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    /// Print the public key, which a node can be told to trust
    Show,
    /// Make a key
    Generate {
        /// Protect it with a password, which every build then asks for
        #[arg(long)]
        password: bool,
        /// Replace the key there is; nodes that trust it do not know the new one
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, Serialize)]
struct Shown {
    key_id: String,
    public_key: String,
    secret_key_file: PathBuf,
    public_key_file: PathBuf,
}

pub fn run(args: Args, output: Output) -> Result<ExitCode> {
    let folder = folder()?;
    let key = match args.command.unwrap_or(Command::Show) {
        Command::Show if !folder.join(SECRET_FILE).exists() => bail!(
            "there is no developer key in {}: `pluginctl key generate` makes one, and so does the first `pluginctl build`",
            folder.display()
        ),
        Command::Show => fs::read_to_string(folder.join(PUBLIC_FILE))
            .context("the public key file cannot be read")
            .and_then(|text| public_key_of(&text))
            .with_context(|| format!("{} cannot be used", folder.join(PUBLIC_FILE).display()))?,
        Command::Generate { force, .. } if !force && folder.join(SECRET_FILE).exists() => bail!(
            "{} holds a developer key already: --force replaces it, and nodes that trust it will not know the new one",
            folder.display()
        ),
        Command::Generate { password, force } => {
            let password = if password { Some(new_password()?) } else { None };
            generate(&folder, password, force)?
                .context("another process made a key at this moment: see `pluginctl key`")?
        }
    };
    let shown = Shown {
        key_id: key_id(&key),
        public_key: key.to_base64(),
        secret_key_file: folder.join(SECRET_FILE),
        public_key_file: folder.join(PUBLIC_FILE),
    };
    output.result(&shown, |shown| {
        format!(
            "developer key {}\n  public  {}\n  secret  {} (keep it to yourself)\n",
            shown.key_id,
            shown.public_key,
            shown.secret_key_file.display()
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A key pair that can sign.
pub struct DeveloperKey {
    public: PublicKey,
    secret: SecretKey,
}

/// The secret stays out of every log.
impl std::fmt::Debug for DeveloperKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeveloperKey").field("public", &self.public.to_base64()).finish_non_exhaustive()
    }
}

impl DeveloperKey {
    /// The key in `$TOCSIN_KEY_DIR` or `~/.config/tocsin`; made, and said so, where there is none.
    pub fn open_or_create(output: Output) -> Result<Self> {
        let folder = folder()?;
        let path = folder.join(SECRET_FILE);
        if !path.exists()
            && let Some(made) = generate(&folder, None, false)?
        {
            output.note(&format!(
                "made a developer key, {}, in {}: it signs what you build, so that nodes can tell your plugins from others",
                key_id(&made),
                folder.display()
            ))?;
        }
        let text = fs::read_to_string(&path)
            .with_context(|| format!("the developer key {} cannot be read", path.display()))?;
        let secret = unlock(&text).with_context(|| format!("the developer key {} cannot be used", path.display()))?;
        let public = PublicKey::from_secret_key(&secret).context("the developer key has no public part")?;
        Ok(Self { public, secret })
    }

    /// In base64, as in a minisign public key file.
    #[must_use]
    pub fn public_key(&self) -> String {
        self.public.to_base64()
    }

    /// The bytes with a signature added. `what` is signed as well.
    pub fn sign(&self, bytes: &[u8], what: &str) -> Result<Vec<u8>> {
        let signature =
            minisign::sign(Some(&self.public), &self.secret, bytes, Some(what), Some("signature by pluginctl"))
                .context("the developer key cannot sign")?;
        Ok(Package::sign(bytes, &self.public_key(), &signature.into_string())?)
    }
}

fn folder() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("TOCSIN_KEY_DIR").filter(|folder| !folder.is_empty()) {
        return Ok(PathBuf::from(folder));
    }
    let config = env::var_os("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let config = config.or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")));
    config
        .map(|config| config.join("tocsin"))
        .context("neither TOCSIN_KEY_DIR nor HOME is set, so there is no place for a developer key")
}

/// Makes a key; none where another process made one at the same moment and it is not to be replaced.
fn generate(folder: &Path, password: Option<String>, replace: bool) -> Result<Option<PublicKey>> {
    let pair = match password {
        Some(password) => KeyPair::generate_encrypted_keypair(Some(password)),
        None => KeyPair::generate_unencrypted_keypair(),
    };
    let KeyPair { pk, sk } = pair.context("no key can be made")?;
    let secret = sk.to_box(Some("Tocsin developer key")).context("no key can be made")?.into_string();
    let public = pk.to_box().context("no key can be made")?.into_string();
    fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    if !write_secret(&folder.join(SECRET_FILE), &secret, replace)? {
        return Ok(None);
    }
    let path = folder.join(PUBLIC_FILE);
    fs::write(&path, public).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(Some(pk))
}

/// Readable by nobody else from its first moment, and never seen half written. False where there was a key.
fn write_secret(path: &Path, text: &str, replace: bool) -> Result<bool> {
    let describe = || format!("{} cannot be written", path.display());
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft).with_context(describe)?;
    file.write_all(text.as_bytes()).with_context(describe)?;
    if replace {
        fs::rename(&draft, path).with_context(describe)?;
        return Ok(true);
    }
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft).with_context(describe)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        other => other.with_context(describe).map(|()| true),
    }
}

fn unlock(text: &str) -> Result<SecretKey> {
    let parse = || SecretKeyBox::from_string(text).context("it is no minisign secret key");
    if let Ok(secret) = parse()?.into_unencrypted_secret_key() {
        return Ok(secret);
    }
    let password = match env::var(PASSWORD_VARIABLE) {
        Ok(password) => password,
        Err(_) => rpassword::prompt_password("password of the developer key: ")
            .with_context(|| format!("it has a password; set {PASSWORD_VARIABLE} where nobody can be asked"))?,
    };
    parse()?.into_secret_key(Some(password)).context("the password does not open it")
}

fn new_password() -> Result<String> {
    if let Ok(password) = env::var(PASSWORD_VARIABLE) {
        return Ok(password);
    }
    let ask = |prompt| {
        rpassword::prompt_password(prompt).with_context(|| format!("nobody can be asked: set {PASSWORD_VARIABLE}"))
    };
    let password = ask("password for the new key: ")?;
    if password.is_empty() || password != ask("once more: ")? {
        bail!("the two passwords differ, or are empty: nothing was made");
    }
    Ok(password)
}

fn public_key_of(text: &str) -> Result<PublicKey> {
    let boxed = minisign::PublicKeyBox::from_string(text).context("it is no minisign public key")?;
    boxed.into_public_key().context("it is no minisign public key")
}

/// As minisign shows it: 16 upper-case hex digits.
fn key_id(key: &PublicKey) -> String {
    key.keynum().iter().rev().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_made_key_is_private_and_signs_what_a_package_verifies() {
        let folder = tempfile::tempdir().unwrap();
        let made = generate(folder.path(), None, false).unwrap().unwrap();
        let path = folder.path().join(SECRET_FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let secret = unlock(&fs::read_to_string(&path).unwrap()).unwrap();
        let public = PublicKey::from_secret_key(&secret).unwrap();
        assert_eq!(public.to_base64(), made.to_base64());
        let shown = public_key_of(&fs::read_to_string(folder.path().join(PUBLIC_FILE)).unwrap()).unwrap();
        assert_eq!(key_id(&shown), key_id(&made));
        let component = wat::parse_str("(component)").unwrap();
        let signed = DeveloperKey { public, secret }.sign(&component, "example 0.1.0").unwrap();
        assert!(signed.starts_with(&component) && signed.len() > component.len());
    }

    #[test]
    fn a_key_is_replaced_only_on_demand() {
        let folder = tempfile::tempdir().unwrap();
        let read = || fs::read_to_string(folder.path().join(SECRET_FILE)).unwrap();
        generate(folder.path(), None, false).unwrap().unwrap();
        let first = read();
        assert!(generate(folder.path(), None, false).unwrap().is_none());
        assert_eq!(read(), first);
        generate(folder.path(), None, true).unwrap().unwrap();
        assert_ne!(read(), first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
