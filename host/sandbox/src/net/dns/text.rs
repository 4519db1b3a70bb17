//! Records and codes as zone files and `dig` write them. Sends nothing.

use std::fmt::Write as _;

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{RData, Record};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceRecord {
    pub name: String,
    pub record_type: String,
    pub ttl_seconds: u32,
    /// As in a zone file: `10 mail.example.org.`
    pub data: String,
}

impl ResourceRecord {
    pub(super) fn of(record: &Record) -> Self {
        let name = record.name.to_ascii();
        Self { name, record_type: record.record_type().to_string(), ttl_seconds: record.ttl, data: data(&record.data) }
    }
}

pub(super) fn code(code: ResponseCode) -> String {
    let known = match u16::from(code) {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        16 => "BADVERS",
        other => return format!("RCODE{other}"),
    };
    known.to_owned()
}

fn data(data: &RData) -> String {
    match data {
        RData::TXT(txt) => txt.txt_data.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// A character string of a zone file (RFC 1035, 5.1).
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
            b' '..=b'~' => text.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => drop(write!(text, "\\{byte:03}")),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_as_in_a_zone_file() {
        for (bytes, expected) in [
            (&b"v=spf1 -all"[..], "\"v=spf1 -all\""),
            (b"say \"hi\" \\ there", "\"say \\\"hi\\\" \\\\ there\""),
            (b"\x00\xff", "\"\\000\\255\""),
        ] {
            assert_eq!(quoted(bytes), expected);
        }
    }

    #[test]
    fn codes_have_the_names_that_dig_prints() {
        let names = [(ResponseCode::NoError, "NOERROR"), (ResponseCode::NXDomain, "NXDOMAIN"), (23.into(), "RCODE23")];
        for (given, expected) in names {
            assert_eq!(code(given), expected);
        }
    }
}
