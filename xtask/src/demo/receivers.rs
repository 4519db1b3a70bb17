//! The demo's webhook receiver and mail server: they take everything, and say in a line each what they were told. They
//! stand for a team's chat and mailboxes; they know nothing of Tocsin but the message that Alertmanager defines.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// They listen until the process ends.
#[derive(Debug)]
pub(crate) struct Receivers {
    pub(crate) webhook: SocketAddr,
    pub(crate) mail: SocketAddr,
}

/// Where a line goes that says what was told.
type Say = Arc<dyn Fn(&str) + Send + Sync>;

/// A sender that says nothing does not hold anyone up for longer than this.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than a demo's notification ever is.
const BYTES_MAX: u64 = 1 << 20;

impl Receivers {
    /// On free ports of loopback.
    pub(crate) fn start(say: impl Fn(&str) + Send + Sync + 'static) -> io::Result<Self> {
        let say: Say = Arc::new(say);
        let webhook = listen("webhook", Arc::clone(&say), take_webhook)?;
        let mail = listen("mail", say, take_mails)?;
        Ok(Self { webhook, mail })
    }
}

fn listen(name: &str, say: Say, serve: fn(&TcpStream, &Say) -> io::Result<()>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        for stream in listener.incoming().flatten() {
            let say = Arc::clone(&say);
            // A sender that went away in the middle sends it again.
            thread::spawn(move || serve(&stream, &say));
        }
    })?;
    Ok(address)
}

fn reader(stream: &TcpStream) -> io::Result<BufReader<io::Take<&TcpStream>>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(BufReader::new(stream.take(BYTES_MAX)))
}

/// A line without its end; none where the other side has closed.
fn line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let length = reader.read_line(&mut line)?;
    Ok((length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn take_webhook(stream: &TcpStream, say: &Say) -> io::Result<()> {
    let mut reader = reader(stream)?;
    let mut length = 0;
    while let Some(line) = line(&mut reader)?.filter(|line| !line.is_empty()) {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    let mut stream = stream;
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    say(&format!("webhook: {}", webhook_words(&serde_json::from_slice(&body).unwrap_or_default())));
    Ok(())
}

/// `firing, 2 alerts: CheckCritical and ShopAnswersWithErrors of shop`, with the node's own remark where there is one.
fn webhook_words(message: &Value) -> String {
    let text = |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or("?").to_owned();
    let alerts = message.get("alerts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let names: Vec<_> = alerts
        .iter()
        .map(|alert| {
            let of = if alert.pointer("/labels/check").is_some() { "/labels/check" } else { "/labels/slo" };
            format!("{} of {}", text(alert, "/labels/alertname"), text(alert, of))
        })
        .collect();
    let mut words =
        format!("{}, {} alerts in one message: {}", text(message, "/status"), alerts.len(), names.join(", "));
    if let Some(remark) = message.get("remark").and_then(Value::as_str) {
        // Writing to a text does not fail.
        let _infallible = write!(words, " ({remark})");
    }
    words
}

fn take_mails(stream: &TcpStream, say: &Say) -> io::Result<()> {
    let mut reader = reader(stream)?;
    let answer = |line: &str| {
        let mut stream = stream;
        stream.write_all(format!("{line}\r\n").as_bytes())
    };
    let mut to = Vec::new();
    answer("220 demo")?;
    while let Some(command) = line(&mut reader)? {
        let upper = command.to_ascii_uppercase();
        if let Some(recipient) = upper.strip_prefix("RCPT TO:") {
            to.push(recipient.trim().trim_matches(['<', '>']).to_ascii_lowercase());
        }
        match upper.split(' ').next() {
            Some("DATA") => {
                answer("354 go on")?;
                let mut text = Vec::new();
                while let Some(line) = line(&mut reader)?.filter(|line| line != ".") {
                    text.push(line);
                }
                answer("250 taken")?;
                say(&format!("mail to {}: {}", std::mem::take(&mut to).join(", "), mail_words(&text)));
            }
            Some("QUIT") => return answer("221 bye"),
            _ => answer("250 ok")?,
        }
    }
    Ok(())
}

/// The subject, and why it was escalated to whom it was.
fn mail_words(lines: &[String]) -> String {
    let mut head = lines.iter().take_while(|line| !line.is_empty()).skip_while(|line| !line.starts_with("Subject:"));
    let first = head.next().map(|line| line.trim_start_matches("Subject:").trim().to_owned());
    let folded = head.take_while(|line| line.starts_with([' ', '\t'])).map(|line| line.trim().to_owned());
    let subject = first.into_iter().chain(folded).collect::<Vec<_>>().join(" ");
    // Quoted-printable breaks lines where they become long.
    let text = lines.join("\n").replace("=\n", "");
    let remark = text.split_once("\n\n").and_then(|(_, body)| body.find("Page ").and_then(|at| body.get(at..)));
    match remark.and_then(|remark| remark.split(['<', '\n']).next()) {
        Some(remark) => format!("{subject} ({remark})"),
        None => subject,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn each_message_is_told_in_a_line() {
        let (sender, said) = mpsc::sync_channel(4);
        let receivers = Receivers::start(move |line| sender.send(line.to_owned()).unwrap()).unwrap();
        let body = r#"{"status":"firing","alerts":[{"labels":{"alertname":"Down","check":"shop"}}]}"#;
        let mut stream = TcpStream::connect(receivers.webhook).unwrap();
        write!(stream, "POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        assert!(io::read_to_string(stream).unwrap().starts_with("HTTP/1.1 200"));
        assert_eq!(said.recv().unwrap(), "webhook: firing, 1 alerts in one message: Down of shop");

        let mut stream = TcpStream::connect(receivers.mail).unwrap();
        let mail = "Subject: [FIRING:1]\r\n the shop\r\nTo: x\r\n\r\n<p>Page 7: you are=\r\n the first.</p>\r\n.\r\n";
        write!(stream, "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<Anna@example.org>\r\nDATA\r\n{mail}QUIT\r\n").unwrap();
        assert!(io::read_to_string(stream).unwrap().ends_with("221 bye\r\n"));
        let expected = "mail to anna@example.org: [FIRING:1] the shop (Page 7: you are the first.)";
        assert_eq!(said.recv().unwrap(), expected);
    }
}
