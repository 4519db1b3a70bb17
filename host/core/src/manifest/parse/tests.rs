//! A manifest as authors write it, and each way to get it wrong.

use super::*;

const WHOLE: &str = r#"
name = "probe-example"
version = "0.1.0"
kind = "probe"
description = "Looks at an example."
license = "MIT OR Apache-2.0"

[capabilities]
http = ["{url}", "https://api.example.org"]
node = ["cpu", "pressure"]
state = true

[limits]
memory = "32MiB"
cpu = "250ms"
host_calls = 7
"#;

#[test]
fn a_whole_manifest_is_read() {
    let manifest = Manifest::parse(WHOLE).unwrap();
    assert_eq!(manifest.name.as_str(), "probe-example");
    assert_eq!((manifest.kind, manifest.target), (Kind::Probe, Target::Core));
    assert_eq!(manifest.capabilities.http.len(), 2);
    assert_eq!(manifest.capabilities.node, [NodePart::Cpu, NodePart::Pressure].into());
    assert!(manifest.capabilities.state && !manifest.capabilities.private);
    let expected =
        Limits { memory_bytes: 32 << 20, cpu: Duration::from_millis(250), host_calls: 7, ..Limits::default() };
    assert_eq!(manifest.limits, expected);
}

#[test]
fn every_error_is_reported_at_once_in_the_order_of_lines() {
    let text = r#"
name = "Probe"
version = "1"
kind = "prob"
licence = "MIT"
[capabilities]
htpp = ["{url}"]
tcp = ["db"]
[limits]
memory = "16"
"#;
    let errors: Vec<String> = Manifest::parse(text).unwrap_err().iter().map(ToString::to_string).collect();
    let expected = [
        "plugin.toml:1:1: description: missing; write `description = \"One sentence for people.\"`",
        "plugin.toml:1:1: license: missing; write `license = \"Apache-2.0\"`",
        "plugin.toml:2:8: name: `Probe` is not a name: use lower-case letters, digits and `-`, a letter first, 64 at most",
        "plugin.toml:3:11: version: `1` is not a semantic version such as 0.1.0",
        "plugin.toml:4:8: kind: `prob` is none of the words that fit here; did you mean `probe`?",
        "plugin.toml:5:1: licence: unknown key; did you mean `license`?",
        "plugin.toml:7:1: capabilities.htpp: unknown key; did you mean `http`?",
        "plugin.toml:8:8: capabilities.tcp: `db` has no port: write `host:port`, `{host}:{port}` or `{host}:5432`",
        "plugin.toml:10:10: limits.memory: `16` is not a size of 64KiB or more, such as `16MiB`",
    ];
    assert_eq!(errors, expected);
}

#[test]
fn each_wrong_value_has_its_own_sentence() {
    for (line, expected) in [
        ("[limits]\nmemory = \"1GiB\"", "limits.memory: `1GiB` is above the ceiling of 512MiB"),
        ("[limits]\ndeadline = \"10m\"", "limits.deadline: `10m` is above the ceiling of 5m"),
        ("[limits]\ncpu = 100", "limits.cpu: is an integer, but must be a string"),
        ("[limits]\nhost_calls = -1", "limits.host_calls: is an integer, but must be a whole number from 0 up"),
        ("[limits]\nhost_calls = 99999999", "limits.host_calls: `99999999` is above the ceiling of 10000"),
        ("[capabilities]\nstate = \"yes\"", "capabilities.state: is a string, but must be true or false"),
        (
            "[capabilities]\nnode = [\"gpu\"]",
            "capabilities.node: `gpu` is none of the words that fit here; did you mean `cpu`?",
        ),
        ("[capabilities]\nhttp = [\"{url}\", \"{url}\"]", "capabilities.http: named twice: `{url}`"),
        (
            "[capabilities]\nfiles = [\"etc/passwd\"]",
            "capabilities.files: `etc/passwd` is not an absolute path: begin it with `/`",
        ),
        (
            "[capabilities]\nverbs = [\"restart-service {unit}\"]",
            "capabilities.verbs: `restart-service {unit}` is asked by a probe plugin, and only an action's plans hold verbs",
        ),
        ("[capabilities]\nverbs = [\"restart {unit}\"]", "capabilities.verbs: `restart {unit}` begins with no verb"),
        ("name = [", "not TOML: "),
    ] {
        let text = WHOLE.split("[capabilities]").next().unwrap().to_owned() + line;
        let errors = Manifest::parse(&text).unwrap_err();
        assert!(errors.iter().any(|error| error.to_string().contains(expected)), "{line}: {errors:?}");
    }
}
