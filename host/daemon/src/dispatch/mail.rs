//! Mail: a message of text and HTML, and one SMTP session that hands it over, encrypted and authenticated as the
//! receiver says. Knows nothing of what stands in it.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailboxes, MultiPart, SinglePart, header};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, Identity, TlsParameters, TlsVersion as Version,
};
use lettre::transport::smtp::extension::{ClientId, Extension};
use lettre::{Message, transport::smtp};
use md5::Md5;
use tocsin_core::alertmanager::{EmailConfig, TlsVersion};
use tocsin_core::notify::{Cause, Ended};
use tocsin_core::payload::Mail;
use tocsin_core::time::Timestamp;

use super::http::material;
use super::secret::{self, Revealed};
use crate::registry::chain;

/// Hands the letter over, or says what stood in the way.
pub(super) async fn carry(
    config: &EmailConfig,
    mail: &Mail,
    now: Timestamp,
    ca_file: Option<&std::path::Path>,
    timeout: Duration,
    revealed: &mut Revealed,
) -> Result<Ended, Ended> {
    let message = message(mail, now).map_err(|reason| Ended::rejected(format!("this is no mail: {reason}")))?;
    let tls = parameters(config, ca_file, revealed).await?;
    let credentials = Credential::of(config, revealed).await?;
    let session = async {
        let mut connection = greet(config, tls).await?;
        if let Some(credential) = &credentials {
            // A wrong password is not the mail's fault, and someone may put it right.
            let known = credential.log_in(&mut connection, config).await;
            known.map_err(|ended| Ended::failed(Cause::Client, format!("log-in: {}", reason(ended)), None))?;
        }
        connection.send(message.envelope(), &message.formatted()).await.map_err(of_smtp)?;
        // It has the mail: how it says goodbye changes nothing.
        let _goodbye = tokio::time::timeout(Duration::from_secs(1), connection.quit()).await;
        Ok(Ended::delivered(None))
    };
    tokio::time::timeout(timeout, session).await.unwrap_or_else(|_| {
        Err(Ended::failed(Cause::Deadline, format!("not handed over within {} ms", timeout.as_millis()), None))
    })
}

async fn greet(config: &EmailConfig, tls: TlsParameters) -> Result<AsyncSmtpConnection, Ended> {
    let hello = ClientId::Domain(config.hello.clone());
    let server = (config.smarthost.host.as_str(), config.smarthost.port);
    let implicit = config.implicit_tls.then(|| tls.clone());
    let mut connection =
        AsyncSmtpConnection::connect_tokio1(server, None, &hello, implicit, None).await.map_err(of_smtp)?;
    if config.require_tls && !connection.is_encrypted() {
        if !connection.can_starttls() {
            connection.abort().await;
            let reason = "`require_tls` is true and the mail server does not offer STARTTLS".to_owned();
            return Err(Ended::failed(Cause::Server, reason, None));
        }
        connection.starttls(tls, &hello).await.map_err(of_smtp)?;
    }
    Ok(connection)
}

struct Credential {
    password: Option<String>,
    secret: Option<String>,
}

impl Credential {
    async fn of(config: &EmailConfig, revealed: &mut Revealed) -> Result<Option<Self>, Ended> {
        if config.auth_username.is_empty() {
            return Ok(None);
        }
        let mut credential = Self { password: None, secret: None };
        if let Some(source) = &config.auth_password {
            credential.password = Some(revealed.reveal(source).await?);
        }
        if let Some(source) = &config.auth_secret {
            credential.secret = Some(revealed.reveal(source).await?);
        }
        Ok((credential.password.is_some() || credential.secret.is_some()).then_some(credential))
    }

    /// PLAIN, LOGIN or CRAM-MD5, whichever both sides can.
    async fn log_in(&self, connection: &mut AsyncSmtpConnection, config: &EmailConfig) -> Result<(), Ended> {
        let user = &config.auth_username;
        let offers = |connection: &AsyncSmtpConnection, mechanism| {
            connection.server_info().supports_feature(Extension::Authentication(mechanism))
        };
        let (plain, login) = (offers(connection, Mechanism::Plain), offers(connection, Mechanism::Login));
        match (&self.password, &self.secret) {
            (Some(password), _) if plain => {
                if !connection.is_encrypted() && !is_local(&config.smarthost.host) {
                    let reason = "a password is not sent over a connection that is not encrypted".to_owned();
                    return Err(Ended::failed(Cause::Client, reason, None));
                }
                let response = STANDARD.encode(format!("{}\0{user}\0{password}", config.auth_identity));
                connection.command(format!("AUTH PLAIN {response}\r\n")).await.map_err(of_smtp)?;
            }
            (Some(password), _) if login => {
                let credentials = Credentials::new(user.clone(), password.clone());
                connection.auth(&[Mechanism::Login], &credentials).await.map_err(of_smtp)?;
            }
            (_, Some(secret)) => {
                let challenge = connection.command("AUTH CRAM-MD5\r\n").await.map_err(of_smtp)?;
                let answer = cram_md5(user, secret, challenge.first_word().unwrap_or_default())?;
                connection.command(format!("{answer}\r\n")).await.map_err(of_smtp)?;
            }
            _ => {
                let reason = "the mail server offers neither PLAIN nor LOGIN".to_owned();
                return Err(Ended::failed(Cause::Server, reason, None));
            }
        }
        Ok(())
    }
}

/// RFC 2195.
fn cram_md5(user: &str, secret: &str, challenge: &str) -> Result<String, Ended> {
    let unreadable = || Ended::failed(Cause::Server, "the mail server's challenge cannot be read".to_owned(), None);
    let challenge = STANDARD.decode(challenge).map_err(|_| unreadable())?;
    let mut mac = Hmac::<Md5>::new_from_slice(secret.as_bytes()).map_err(|_| unreadable())?;
    mac.update(&challenge);
    let digest: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(STANDARD.encode(format!("{user} {digest}")))
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

async fn parameters(
    config: &EmailConfig,
    ca_file: Option<&std::path::Path>,
    revealed: &mut Revealed,
) -> Result<TlsParameters, Ended> {
    let material = material(&config.tls, ca_file, revealed).await?;
    let name = material.server_name.unwrap_or_else(|| config.smarthost.host.clone());
    let wrong = |error: smtp::Error| secret::failed(format!("tls_config: {}", chain(&error)));
    let mut builder = TlsParameters::builder(name).dangerous_accept_invalid_certs(material.insecure);
    if material.insecure {
        builder = builder.dangerous_accept_invalid_hostnames(true);
    }
    if material.min == Some(TlsVersion::Tls13) {
        builder = builder.set_min_tls_version(Version::Tlsv13);
    }
    if material.ca.is_some() {
        builder = builder.certificate_store(CertificateStore::None);
    }
    for pem in [material.ca, material.besides].into_iter().flatten() {
        builder = builder.add_root_certificate(Certificate::from_pem(pem.as_bytes()).map_err(wrong)?);
    }
    if let Some(own) = material.identity {
        let identity = Identity::from_pem(own.certificate.as_bytes(), own.key.as_bytes()).map_err(wrong)?;
        builder = builder.identify_with(identity);
    }
    builder.build().map_err(wrong)
}

fn message(mail: &Mail, now: Timestamp) -> Result<Message, String> {
    let boxes = |text: &str| text.parse::<Mailboxes>().map_err(|error| format!("`{text}`: {error}"));
    let (from, to) = (boxes(&mail.from)?, boxes(&mail.to)?);
    let envelope = Envelope::new(
        from.clone().into_iter().next().map(|sender| sender.email),
        to.clone().into_iter().map(|receiver| receiver.email).collect(),
    );
    let at = UNIX_EPOCH + Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or(0));
    let mut builder = Message::builder()
        .mailbox(header::From::from(from))
        .mailbox(header::To::from(to))
        .date(at)
        .envelope(envelope.map_err(|error| error.to_string())?);
    let own = |name: &str| ["From", "To"].iter().any(|own| own.eq_ignore_ascii_case(name));
    for (name, value) in mail.headers.iter().filter(|(name, _)| !own(name)) {
        let header =
            HeaderName::new_from_ascii(name.clone()).map_err(|_| format!("`{name}` is not a header's name"))?;
        builder = builder.raw_header(HeaderValue::new(header, value.clone()));
    }
    let text = |text: &String| SinglePart::plain(text.clone());
    let built = match (&mail.text, &mail.html) {
        (Some(plain), Some(html)) => builder
            .multipart(MultiPart::alternative().singlepart(text(plain)).singlepart(SinglePart::html(html.clone()))),
        (None, Some(html)) => builder.singlepart(SinglePart::html(html.clone())),
        (plain, None) => builder.singlepart(text(plain.as_ref().unwrap_or(&String::new()))),
    };
    built.map_err(|error| chain(&error))
}

fn of_smtp(error: smtp::Error) -> Ended {
    match error.status() {
        Some(code) => {
            let said = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            Ended::of_smtp(code.into(), &said)
        }
        None if error.is_timeout() => Ended::failed(Cause::Deadline, chain(&error), None),
        None => Ended::failed(Cause::Other, chain(&error), None),
    }
}

fn reason(ended: Ended) -> String {
    use tocsin_core::notify::Outcome;
    match ended.outcome {
        Outcome::Delivered(_) => String::new(),
        Outcome::Failed { reason, .. } | Outcome::Rejected { reason } => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_answered_as_the_standard_shows() {
        let challenge = STANDARD.encode("<1896.697170952@postoffice.reston.mci.net>");
        let answer = cram_md5("tim", "tanstaaftanstaaf", &challenge).expect("readable");
        let expected = STANDARD.encode("tim b913a602c7eda7a495b4e6e7334d3890");
        assert_eq!(answer, expected);
    }

    #[test]
    fn a_mail_keeps_its_name_and_its_thread_and_goes_to_all() {
        let headers = [
            ("From", "Tocsin <tocsin@example.org>"),
            ("Subject", "[FIRING] Dönau"),
            ("Message-Id", "<n1@node>"),
            ("In-Reply-To", "<g1@node>"),
        ];
        let mail = Mail {
            from: "Tocsin <tocsin@example.org>".to_owned(),
            to: "a@example.org, B <b@example.org>".to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            text: Some("it burns".to_owned()),
            html: Some("<p>it burns</p>".to_owned()),
        };
        let message = message(&mail, Timestamp::from_millis(0)).expect("a mail");
        assert_eq!(message.envelope().to().len(), 2);
        let text = String::from_utf8(message.formatted()).expect("ASCII");
        assert!(text.is_ascii(), "{text}");
        for line in ["Message-Id: <n1@node>", "In-Reply-To: <g1@node>", "it burns", "multipart/alternative"] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
        assert_eq!(text.matches("From:").count(), 1, "{text}");
    }

    #[test]
    fn addresses_that_are_none_are_named() {
        let mail = Mail {
            from: "tocsin@example.org".to_owned(),
            to: "nobody".to_owned(),
            headers: Default::default(),
            text: None,
            html: None,
        };
        assert!(message(&mail, Timestamp::from_millis(0)).expect_err("no address").contains("`nobody`"));
    }
}
