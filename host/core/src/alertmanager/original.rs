//! The file as it may be shown: the tree written out again, in one style, with `<secret>` for every secret. Alertmanager
//! reads it back: `amtool config show` and `amtool config routes` do.

use crate::config::tree::{Node, Value};

/// Keys whose values Alertmanager hides, and those of receivers that are refused.
const SECRETS: [&str; 20] = [
    "api_url",
    "auth_password",
    "auth_secret",
    "bearer_token",
    "credentials",
    "http_headers",
    "key",
    "mattermost_webhook_url",
    "opsgenie_api_key",
    "password",
    "rocketchat_token",
    "rocketchat_token_id",
    "routing_key",
    "service_key",
    "slack_api_url",
    "smtp_auth_password",
    "smtp_auth_secret",
    "victorops_api_key",
    "webhook_url",
    "wechat_api_secret",
];

/// Maps whose keys are names that people chose.
const FREE: [&str; 8] =
    ["details", "headers", "match", "match_re", "source_match", "source_match_re", "target_match", "target_match_re"];

/// What stands around a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    Known,
    /// Here `url` is a secret too.
    Webhook,
    Free,
    Secret,
    /// Shown as a URL: Alertmanager 0.25 expects one.
    SecretUrl,
    /// Of its URL only the user and password are secrets.
    Proxy,
}

impl Inside {
    fn below(self, key: &str) -> Self {
        match self {
            Self::Free | Self::Secret | Self::SecretUrl | Self::Proxy => self,
            Self::Webhook if key == "url" => Self::SecretUrl,
            _ if SECRETS.contains(&key) => Self::Secret,
            _ if FREE.contains(&key) => Self::Free,
            _ if key == "webhook_configs" => Self::Webhook,
            _ if key == "proxy_url" => Self::Proxy,
            _ => Self::Known,
        }
    }
}

pub(super) fn without_secrets(root: &Node) -> String {
    let mut out = String::new();
    block(root, 0, Inside::Known, &mut out);
    out
}

/// The lines of a map or list.
fn block(node: &Node, depth: usize, inside: Inside, out: &mut String) {
    let indent = "  ".repeat(depth);
    match &node.value {
        Value::Map(entries) => {
            for (key, node) in entries {
                out.push_str(if out.ends_with("- ") { "" } else { &indent });
                out.push_str(&scalar_key(&key.name));
                out.push(':');
                value(node, depth + 1, inside.below(&key.name), out);
            }
        }
        Value::List(items) => {
            for item in items {
                out.push_str(&indent);
                out.push('-');
                match &item.value {
                    Value::Map(entries) if !entries.is_empty() => {
                        out.push(' ');
                        block(item, depth + 1, inside, out);
                    }
                    _ => value(item, depth + 1, inside, out),
                }
            }
        }
        _ => {}
    }
}

/// What stands behind a key or a dash, to the line's end and on lines of its own.
fn value(node: &Node, depth: usize, inside: Inside, out: &mut String) {
    let shown = match &node.value {
        Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Value::List(items) if items.is_empty() => "[]".to_owned(),
        Value::Map(_) | Value::List(_) => {
            out.push('\n');
            return block(node, depth, inside, out);
        }
        Value::Null => "null".to_owned(),
        _ if inside == Inside::Secret => "<secret>".to_owned(),
        _ if inside == Inside::SecretUrl => "http://<secret>".to_owned(),
        Value::Text(text) if inside == Inside::Proxy => scalar(&without_user(text)),
        Value::Text(text) => scalar(text),
        Value::Bool(_) | Value::Integer(_) | Value::Float(_) => node.written.clone(),
    };
    out.push_str(&format!(" {shown}\n"));
}

/// As Go hides it, so that what remains is a URL.
fn without_user(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://xxxxx@{host}"),
        _ => url.to_owned(),
    }
}

fn scalar_key(name: &str) -> String {
    let is_plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_plain { name.to_owned() } else { quoted(name) }
}

/// Plain where no reader could take it for anything but this text.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 12] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "e"];
    let is_plain = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_plain { text.to_owned() } else { quoted(text) }
}

/// As JSON has it, which YAML reads.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use crate::config::tree::parse;

    #[test]
    fn every_secret_is_hidden_and_the_rest_reads_back() {
        let text = "# a comment\nglobal: {smtp_auth_password: hunter2, smtp_hello: 'yes', resolve_timeout: 5m}\n\
            receivers:\n- name: a\n  webhook_configs:\n  - url: http://h/?key=hunter2\n    max_alerts: 010\n  \
            slack_configs:\n  - {api_url: 'https://s/hunter2', actions: [{type: button, url: http://shown}], fields: []}\n\
            templates: ['a*.tmpl']\nproxy_url: http://u:hunter2@p:1\n";
        let (root, faults) = parse(text);
        assert!(faults.is_empty());
        let shown = super::without_secrets(&root.expect("a tree"));
        let expected = "global:\n  smtp_auth_password: <secret>\n  smtp_hello: \"yes\"\n  resolve_timeout: \"5m\"\n\
            receivers:\n  - name: a\n    webhook_configs:\n      - url: http://<secret>\n        max_alerts: 010\n    \
            slack_configs:\n      - api_url: <secret>\n        actions:\n          - type: button\n            \
            url: \"http://shown\"\n        fields: []\ntemplates:\n  - \"a*.tmpl\"\n\
            proxy_url: \"http://xxxxx@p:1\"\n";
        assert_eq!(shown, expected);
    }
}
