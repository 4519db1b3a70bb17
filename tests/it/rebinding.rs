//! Names that turn out to be somewhere else: each time a node's plugin asks for one, a name server of the test says
//! where it is. What is refused is never asked.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;

use tocsin_tests::{Answer, Home, Node, Server, record};

const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
/// Loopback behind a name is reached only by a plugin that asks for this, too.
const PRIVATE: (&str, &str) = ("state = true", "state = true\nprivate = true");

/// A name server that knows every name, and for each question after an IPv4 address has the next answer; the last one
/// stays. Ends with the process: nothing waits for it.
struct NameServer {
    address: SocketAddr,
    answers: Arc<Mutex<Vec<Vec<Ipv4Addr>>>>,
}

impl NameServer {
    fn start() -> Self {
        let socket = UdpSocket::bind((HERE, 0)).unwrap();
        let server = Self { address: socket.local_addr().unwrap(), answers: Arc::default() };
        let answers = Arc::clone(&server.answers);
        thread::spawn(move || {
            let mut question = [0; 512];
            while let Ok((length, asker)) = socket.recv_from(&mut question) {
                // An asker that went away has no answer to miss.
                let _gone = socket.send_to(&answer(&question[..length], &answers), asker);
            }
        });
        server
    }

    fn answers(&self, answers: &[&[Ipv4Addr]]) {
        *self.answers.lock().unwrap() = answers.iter().map(|answer| answer.to_vec()).collect();
    }
}

/// The answer to a question of one name, good for no longer than this moment (RFC 1035, section 4).
fn answer(question: &[u8], answers: &Mutex<Vec<Vec<Ipv4Addr>>>) -> Vec<u8> {
    let name = question[12..].iter().position(|byte| *byte == 0).unwrap();
    let asked = &question[12..12 + name + 5];
    let is_for_ipv4 = asked[name + 1..name + 3] == [0, 1];
    let mut answers = answers.lock().unwrap();
    let addresses = match (is_for_ipv4, answers.len()) {
        (false, _) | (true, 0) => Vec::new(),
        (true, 1) => answers[0].clone(),
        (true, _) => answers.remove(0),
    };
    let count = u8::try_from(addresses.len()).unwrap();
    let mut answer = [&question[..2], &[0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0], asked].concat();
    for address in addresses {
        // The name asked for, an IPv4 address, class IN, no seconds to live, four bytes.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        answer.extend(address.octets());
    }
    answer
}

fn home(names: &NameServer) -> Home {
    let home = Home::new();
    let (reserve, resolver) = ("retention:\n  reserve: 64KiB\n", names.address);
    home.write("tocsin.yaml", format!("node:\n  name: test\n{reserve}network:\n  resolver: \"{resolver}\"\n"));
    home
}

/// Runs the one check with this config; it is denied `http` for this reason.
fn assert_denied(node: &Node<'_>, home: &Home, config: &str, reason: &str) {
    home.write_checks(&format!("checks:\n  - {{name: try, plugin: hostile, interval: 1h, config: {config}}}\n"));
    let _reloaded = node.pluginctl(&["reload"]).expect_code(0);
    let run = node.run_check("try");
    assert_eq!(run["outcome"]["kind"], "denied", "{run:#}");
    assert_eq!(run["outcome"]["denied"]["capability"], "http", "{run:#}");
    let message = run["outcome"]["message"].as_str().unwrap();
    assert!(message.contains("`http`") && message.contains(reason), "{message}");
    assert!(run["observation"].is_null(), "a denied run says nothing of its target: {run:#}");
}

fn url(name: &str, server: &Server) -> String {
    format!("http://{name}:{}/", server.address.port())
}

#[test]
fn a_name_that_moves_to_a_forbidden_address_is_refused_within_the_same_run() {
    let names = NameServer::start();
    let home = home(&names);
    let target = Server::start(Answer::new(302, ""));
    let url = url("moves.example", &target);
    target.answers(Answer::new(302, "").header("location", &url));
    let node = home.start_with(&[home.remade("hostile", &[PRIVATE])], "checks: []\n");
    let moves = || names.answers(&[&[HERE], &[METADATA]]);
    moves();
    let config = format!("{{act: fetch-and-follow, url: \"{url}\"}}");
    assert_denied(&node, &home, &config, "moves.example resolves to 169.254.169.254");
    assert_eq!(target.asked(), 1, "where the name was first");
    moves();
    record("Capability: a name that moves to a forbidden address", &[&node.pluginctl(&["run-check", "try"])]);
}

#[test]
fn a_name_with_a_forbidden_address_among_its_addresses_is_refused_as_a_whole() {
    let names = NameServer::start();
    let home = home(&names);
    let target = Server::start(Answer::new(200, "here"));
    let node = home.start_with(&[home.remade("hostile", &[PRIVATE])], "checks: []\n");
    let config = format!("{{act: fetch, url: \"{}\"}}", url("mixed.example", &target));
    for mixed in [[HERE, METADATA], [METADATA, HERE]] {
        names.answers(&[&mixed]);
        assert_denied(&node, &home, &config, "mixed.example resolves to 169.254.169.254");
    }
    assert_eq!(target.asked(), 0, "not at its good address either");
    let said = node.pluginctl(&["run-check", "try"]);
    record("Capability: a name with a forbidden address among its addresses", &[&said]);
}

#[test]
fn a_name_that_leads_to_this_machine_is_refused_where_private_was_not_granted() {
    let names = NameServer::start();
    let home = home(&names);
    let target = Server::start(Answer::new(200, "here"));
    // Asked for, and everything else of it granted.
    let plugin = home.remade("hostile", &[PRIVATE]);
    let node = home.start();
    let _installed = node.install(&plugin, r#"{"http": ["{url}"], "state": true}"#).expect_code(0);
    names.answers(&[&[HERE]]);
    let config = format!("{{act: fetch, url: \"{}\"}}", url("inside.example", &target));
    assert_denied(&node, &home, &config, "inside.example resolves to 127.0.0.1, a loopback address");
    assert_eq!(target.asked(), 0, "what listens on this machine was never asked");
    let said = node.pluginctl(&["run-check", "try"]);
    record("Capability: a name that leads to this machine", &[&said]);
}

#[test]
fn a_host_granted_by_name_is_not_reached_by_address_or_by_another_name_nor_are_its_neighbours() {
    let names = NameServer::start();
    let home = home(&names);
    let target = Server::start(Answer::new(200, "here"));
    let node = home.start_with(&[home.remade("hostile", &[PRIVATE])], "checks: []\n");
    names.answers(&[&[HERE]]);
    let granted = url("shop.example", &target);
    home.write_checks(&format!(
        "checks:\n  - {{name: granted, plugin: hostile, interval: 1h, config: {{act: fetch, url: \"{granted}\"}}}}\n"
    ));
    let _reloaded = node.pluginctl(&["reload"]).expect_code(0);
    let run = node.run_check("granted");
    assert_eq!(run["observation"]["status"], "ok", "{run:#}");
    let asked = target.asked();
    for host in ["127.0.0.1", "127.0.0.2", "[::ffff:127.0.0.1]", "2130706433", "admin.example", "localhost"] {
        let other = url(host, &target);
        let config = format!("{{act: fetch-other, url: \"{granted}\", other: \"{other}\"}}");
        assert_denied(&node, &home, &config, "this run may reach only");
        if host == "127.0.0.2" {
            record("Capability: a neighbour by its address", &[&node.pluginctl(&["run-check", "try"])]);
        }
    }
    assert_eq!(target.asked(), asked, "by none of them");
}
