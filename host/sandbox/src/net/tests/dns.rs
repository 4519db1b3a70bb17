//! DNS queries: what is asked of whom, and what is made of the answers.

use std::str::FromStr as _;

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, CAA, CNAME, MX, SOA, SRV, TXT};
use hickory_resolver::proto::rr::{Name, RData, Record};

use super::super::dns::{Answer, Failure, FailureKind, Query, RecordType};
use super::servers::{By, NameServer};
use super::*;

fn name(text: &str) -> Name {
    Name::from_str(text).unwrap()
}

fn query(server: Option<String>, record_type: RecordType) -> Query {
    Query { name: "www.example.org".to_owned(), record_type, server, timeout: None }
}

/// An answer to this question with these records.
fn answer(question: &Message, records: Vec<RData>) -> Message {
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    answer.add_query(question.queries[0].clone());
    for data in records {
        answer.add_answer(Record::from_rdata(question.queries[0].name.clone(), 300, data));
    }
    answer
}

impl Run {
    fn server(mut self, server: SocketAddr) -> Self {
        self.rights.dns.insert(Endpoint { host: server.ip().to_string(), port: server.port() });
        self
    }

    async fn ask(&self, query: Query) -> Result<Answer, CallError<Failure>> {
        self.network.dns(&query, &self.caller()).await
    }
}

#[tokio::test]
async fn records_of_every_type_are_written_as_in_a_zone_file() {
    let caa = CAA::new_issue(false, Some(name("ca.example.net")), Vec::new());
    let soa = SOA::new(name("ns.example.org."), name("admin.example.org."), 2026, 7200, 3600, 86400, 300);
    for (record_type, data, expected) in [
        (RecordType::A, RData::A(A::new(192, 0, 2, 7)), ("A", "192.0.2.7")),
        (RecordType::Aaaa, RData::from("2001:db8::7".parse::<std::net::IpAddr>().unwrap()), ("AAAA", "2001:db8::7")),
        (RecordType::Caa, RData::CAA(caa), ("CAA", "0 issue \"ca.example.net\"")),
        (RecordType::Cname, RData::CNAME(CNAME(name("a.example.net."))), ("CNAME", "a.example.net.")),
        (RecordType::Mx, RData::MX(MX::new(10, name("mail.example.org."))), ("MX", "10 mail.example.org.")),
        (RecordType::Soa, RData::SOA(soa), ("SOA", "ns.example.org. admin.example.org. 2026 7200 3600 86400 300")),
        (
            RecordType::Srv,
            RData::SRV(SRV::new(1, 2, 5060, name("sip.example.org."))),
            ("SRV", "1 2 5060 sip.example.org."),
        ),
        (
            RecordType::Txt,
            RData::TXT(TXT::new(vec!["v=spf1 -all".to_owned(), "a \"b\"".to_owned()])),
            ("TXT", "\"v=spf1 -all\" \"a \\\"b\\\"\""),
        ),
    ] {
        let server = NameServer::new(move |question, _| {
            let mut answer = answer(question, vec![data.clone()]);
            answer.metadata.authoritative = true;
            vec![answer]
        })
        .await;
        let found = Run::new().server(server.address).ask(query(Some(server.address.to_string()), record_type)).await;
        let found = found.unwrap();
        assert_eq!((found.code.as_str(), found.authoritative, found.server), ("NOERROR", true, server.address));
        let [record] = found.records.as_slice() else { panic!("{found:?}") };
        assert_eq!((record.record_type.as_str(), record.data.as_str()), expected);
        assert_eq!((record.name.as_str(), record.ttl_seconds), ("www.example.org.", 300));
    }
}

#[tokio::test]
async fn an_error_code_is_an_answer() {
    for (code, expected) in [(ResponseCode::NXDomain, "NXDOMAIN"), (ResponseCode::Refused, "REFUSED")] {
        let server = NameServer::new(move |question, _| {
            let mut answer = answer(question, Vec::new());
            answer.metadata.response_code = code;
            vec![answer]
        })
        .await;
        let found = Run::new().server(server.address).ask(query(Some(server.address.to_string()), RecordType::A)).await;
        assert_eq!(found.unwrap().code, expected);
    }
}

#[tokio::test]
async fn an_answer_that_was_cut_short_is_asked_for_again_by_tcp() {
    let server = NameServer::new(|question, by| {
        let whole = answer(question, vec![RData::A(A::new(192, 0, 2, 7)); 3]);
        vec![if by == By::Udp { whole.truncate() } else { whole }]
    })
    .await;
    let found = Run::new().server(server.address).ask(query(Some(server.address.to_string()), RecordType::A)).await;
    assert_eq!(found.unwrap().records.len(), 3);
}

#[tokio::test]
async fn answers_to_other_questions_are_passed_over() {
    let server = NameServer::new(|question, _| {
        let mut forged = answer(question, vec![RData::A(A::new(203, 0, 113, 66))]);
        forged.metadata.id = question.metadata.id.wrapping_add(1);
        let mut other = answer(question, vec![RData::A(A::new(203, 0, 113, 66))]);
        other.queries[0].name = name("evil.example.");
        vec![forged, other, answer(question, vec![RData::A(A::new(192, 0, 2, 7))])]
    })
    .await;
    let found = Run::new().server(server.address).ask(query(Some(server.address.to_string()), RecordType::A)).await;
    assert_eq!(found.unwrap().records[0].data, "192.0.2.7");
}

#[tokio::test]
async fn a_silent_server_is_left_at_the_deadline() {
    let server = NameServer::new(|_, _| Vec::new()).await;
    let run = Run::new().server(server.address).within(Duration::from_millis(100));
    let failure = failure(run.ask(query(Some(server.address.to_string()), RecordType::A)).await);
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert!(failure.message.starts_with(&format!("no answer from {} within ", server.address)), "{failure}");
}

#[tokio::test]
async fn the_nodes_own_resolvers_need_their_right() {
    let server = NameServer::new(|question, _| vec![answer(question, vec![RData::A(A::new(192, 0, 2, 7))])]).await;
    let mut run = Run::with_resolver(Some(server.address));
    assert_eq!(refusal(run.ask(query(None, RecordType::A)).await).target, "the node's own resolvers");
    run.rights.dns_system = true;
    assert_eq!(run.ask(query(None, RecordType::A)).await.unwrap().server, server.address);
}

#[tokio::test]
async fn a_server_is_held_to_the_policy_like_any_other_target() {
    let asked = |server: &str| query(Some(server.to_owned()), RecordType::A);
    let granted = Run::new().server("169.254.169.254:53".parse().unwrap());
    assert_eq!(refusal(granted.ask(asked("192.0.2.53")).await).target, "192.0.2.53:53");
    let metadata = refusal(granted.ask(asked("[::ffff:169.254.169.254]:53")).await);
    assert!(metadata.reason.contains("a cloud's metadata address"), "{metadata}");
    let failure = failure(granted.ask(asked("no server")).await);
    assert_eq!(failure.kind, FailureKind::InvalidRequest);
}
