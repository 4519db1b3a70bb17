//! Mail: greylisting, refusal, encryption and log-in against a server that insists.

use super::*;

fn email(smtp: &Smtp, more: &str) -> String {
    only(&format!(
        "email_configs: [{{to: \"a@example.org, b@example.org\", from: tocsin@example.org, smarthost: \"{}\"{more}}}]",
        smtp.address
    ))
}

#[tokio::test]
async fn a_greylisted_mail_is_taken_at_the_next_attempt() {
    let smtp = Smtp::start(Manners { greylisted: 1, ..Manners::default() });
    let fixture = Fixture::new(&email(&smtp, ", require_tls: false"), "").await;
    let said = fixture.carried().await;
    assert!(said.starts_with("failed None ops/email[0]: the mail server said 451 greylisted"), "{said}");
    assert_eq!(fixture.carried().await, "delivered -");
    let mails = smtp.mails();
    assert_eq!((mails.len(), mails[0].to.len()), (1, 2));
    for line in ["Subject: [FIRING:1]", "In-Reply-To: <", "Content-Type: text/html"] {
        assert!(mails[0].text.contains(line), "{line} in\n{}", mails[0].text);
    }
}

#[tokio::test]
async fn a_mail_that_is_refused_is_not_tried_again() {
    let smtp = Smtp::start(Manners { refuses: true, ..Manners::default() });
    let fixture = Fixture::new(&email(&smtp, ", require_tls: false"), "").await;
    let said = fixture.carried().await;
    assert!(said.starts_with("rejected ops/email[0]: the mail server said 550 no such user"), "{said}");
}

#[tokio::test]
async fn a_mail_that_must_be_encrypted_is_or_is_not_sent() {
    let (tls, authority) = certificate("127.0.0.1");
    let deaf = Smtp::start(Manners::default());
    let fixture = Fixture::new(&email(&deaf, ""), "").await;
    let said = fixture.carried().await;
    assert!(said.starts_with("failed") && said.contains("does not offer STARTTLS"), "{said}");
    assert!(deaf.mails().is_empty());

    // `anna` and `s3cret`, as PLAIN writes them.
    let plain = Some("AGFubmEAczNjcmV0".to_owned());
    let smtp = Smtp::start(Manners { tls: Some(tls), plain, ..Manners::default() });
    let ca = fixture.file("ca.pem", &authority);
    let adopt = |more: &str| {
        fixture.config.send_replace(Arc::new(compiled(fixture.folder.path(), &email(&smtp, more), "")));
    };
    adopt("");
    let said = fixture.carried().await;
    assert!(said.starts_with("failed") && said.contains("certificate"), "{said}");
    let trusted = format!(", tls_config: {{ca_file: {}}}, auth_username: anna", ca.display());
    adopt(&format!("{trusted}, auth_password: wrong"));
    assert_eq!(fixture.carried().await, "failed None ops/email[0]: log-in: the mail server said 535 who are you");
    adopt(&format!("{trusted}, auth_password: s3cret"));
    assert_eq!(fixture.carried().await, "delivered -");
    let mails = smtp.mails();
    assert!(mails.len() == 1 && mails[0].encrypted && mails[0].authenticated, "{mails:?}");
}
