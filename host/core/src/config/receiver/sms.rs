//! Short messages: the account under `sms` in `tocsin.yaml`, and who gets one.

use super::super::SecretSource;
use super::super::error::ConfigErrors;
use super::super::read::{self, At, Fields};
use super::{common, token};
use crate::receiver::{Integration, Kind, SmsConfig};

const TEXT: &str = r#"{{ template "sms.default.text" . }}"#;

/// What holds for all messages that do not say otherwise.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Account {
    url: Option<String>,
    account: Option<String>,
    token: Option<SecretSource>,
    from: Option<String>,
}

impl Account {
    /// The key `sms`.
    pub(in super::super) fn read(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Self> {
        let mut fields = Fields::of(at, errors)?;
        let account = Self::of(&mut fields, errors);
        fields.finish(errors);
        Some(account)
    }

    fn of(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Self {
        let owned = |at: &At<'_>, errors: &mut ConfigErrors| read::text(at, errors).map(str::to_owned);
        Self {
            url: fields.optional("url", errors, |at, errors| Some(read::web_url(at, errors)?.to_string())),
            account: fields.optional("account", errors, owned),
            token: fields.optional("token", errors, token),
            from: fields.optional("from", errors, owned),
        }
    }
}

impl Account {
    /// A message of this account; none where it is not whole.
    pub(in super::super) fn message(&self, to: &str, text: Option<&str>) -> Option<SmsConfig> {
        let account = self.account.clone()?;
        Some(SmsConfig {
            url: self.url.clone().unwrap_or_else(|| twilio(&account)),
            account,
            token: self.token.clone()?,
            from: self.from.clone()?,
            to: to.to_owned(),
            text: text.unwrap_or(TEXT).to_owned(),
        })
    }
}

/// An entry of a receiver's `sms`.
pub(super) fn read(at: &At<'_>, account: &Account, errors: &mut ConfigErrors) -> Option<Integration> {
    let mut fields = Fields::of(at, errors)?;
    let to = fields.required("to", errors, read::text);
    let text = fields.optional("text", errors, read::text);
    let own = Account::of(&mut fields, errors);
    let (send_resolved, timeout) = common(&mut fields, errors);
    fields.finish(errors);
    let whole = Account {
        url: own.url.or_else(|| account.url.clone()),
        account: own.account.or_else(|| account.account.clone()),
        token: own.token.or_else(|| account.token.clone()),
        from: own.from.or_else(|| account.from.clone()),
    };
    let missing =
        [("account", whole.account.is_none()), ("token", whole.token.is_none()), ("from", whole.from.is_none())];
    for (key, _) in missing.into_iter().filter(|(_, is_missing)| *is_missing) {
        let error = at.error("missing-key", format!("the key `{key}` is missing here and under `sms`"));
        errors.push(error.help(format!("add `sms: {{{key}: ...}}` for all messages, at the top of `tocsin.yaml`")));
    }
    let config = whole.message(to?, text)?;
    Some(Integration { kind: Kind::Sms(config), send_resolved: send_resolved.unwrap_or(false), timeout })
}

fn twilio(account: &str) -> String {
    format!("https://api.twilio.com/2010-04-01/Accounts/{account}/Messages.json")
}
