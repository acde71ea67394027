//! What a sign-in at a company's own server takes besides: doors that are closed to passwords, secrets that were refused
//! before, and what the server takes from Git. On the Cloud nothing of it happens.

use super::sign_in::SignIn;
use super::{Situation, ending, questions, refused_secrets};
use crate::accounts::Index;
use crate::config::{AuthScheme, SignIn as Method};
use crate::credential::{Kind, Record};
use crate::error::{Error, Result, Rule, shown};
use crate::prompt::Asker;
use crate::protocol::Answer;
use crate::provider::{self, Check, Errand};
use crate::site::Product;

/// Where only single sign-on lets people in, a token is asked for. Asked once, before anybody types anything.
pub fn prepare(order: &mut SignIn<'_>, asker: Option<&mut Asker>) -> Result<()> {
    let open = order.product != Product::DataCenter || order.given.is_some() || order.method == Method::Password;
    if open {
        return Ok(());
    }
    let http = order.world.http(&order.site)?;
    let _spinner = order.world.spinner(&format!("asking {}", order.site.short()));
    if provider::has_login_form(&http, &order.site, order.world.limit(&order.site, false)?) == Some(false) {
        let mut lines = vec![format!("{} lets people in by single sign-on only: give a token.", order.site.short())];
        if order.world.settings()?.oauth_client(&order.site).is_none() {
            lines.push(questions::NO_CLIENT.into());
        }
        questions::tell(order.world, asker, &lines);
        order.method = Method::Token;
    }
    Ok(())
}

/// What the server refused is not sent again, whoever gives it, unless a person insists: the reason may have been a network
/// or a phone.
pub fn stop_what_was_refused(
    order: &SignIn<'_>,
    asker: Option<&mut Asker>,
    record: &Record,
    before: &[Record],
) -> Result<()> {
    let again = before.iter().any(|known| is_same_attempt(known, record));
    let known = again || refused_secrets::is_known(order.world, &order.site, order.product, record);
    let insists = match asker.filter(|_| known && order.given.is_none()) {
        Some(asker) => questions::send_again(order, asker, record)?,
        None => false,
    };
    if known && !insists {
        return Err(refused_secrets::error(&order.site, record, false));
    }
    refused_secrets::forgive(order.world, &order.site, order.product, record);
    Ok(())
}

/// The same secret under another e-mail or username is another attempt.
fn is_same_attempt(one: &Record, other: &Record) -> bool {
    (&one.secret, &one.username, &one.rest_login) == (&other.secret, &other.username, &other.rest_login)
}

/// Whether a person at the terminal may try something else after this, and what they are asked for then.
pub fn leaves_another_try(order: &mut SignIn<'_>, error: &Error) -> bool {
    match error {
        Error::Refused { .. } | Error::Rule { rule: Rule::RefusedBefore { .. }, .. } => true,
        Error::SecondFactor { .. } | Error::Rule { rule: Rule::NoBasic { .. }, .. } => {
            order.method = Method::Token;
            order.product == Product::DataCenter
        }
        _ => false,
    }
}

/// Where a token is made, for whoever is not asked again: a person at a terminal or a page has been told before.
pub fn show_page(order: &SignIn<'_>) {
    if order.product == Product::DataCenter {
        questions::tell(order.world, None, &provider::of(order.product).recipe(&order.site).lines());
    }
}

/// Whether a password is of no use here, for all that can be known, and nobody insists on it.
pub fn is_useless(order: &SignIn<'_>, record: &Record, why: &Error) -> bool {
    let no_basic = matches!(why, Error::Rule { rule: Rule::NoBasic { .. }, .. });
    no_basic && record.kind == Kind::Password && order.method != Method::Password
}

/// Finds out how the server takes a new token from Git: as Basic, which every Git can send, and whether it may push to the
/// repository at hand.
pub fn learn(order: &SignIn<'_>, asker: Option<&mut Asker>, record: &Record) -> Result<()> {
    if order.product != Product::DataCenter || record.kind != Kind::HttpToken || record.username.is_empty() {
        return Ok(());
    }
    let _sign = order.world.spinner(&format!("asking {}", order.site.short()));
    let http = order.world.http(&order.site)?;
    let limit = order.world.limit(&order.site, true)?;
    let check = Check { http: &http, site: &order.site, record, place: None, limit };
    // it was made just now, with a password that went as Basic
    let takes = if record.token_id.is_some() { Some(true) } else { provider::takes_basic(&check) };
    if let Some(takes) = takes {
        note(order, takes)?;
    }
    let place = order.place.as_deref().filter(|place| place.split('/').count() == 2);
    if let Some(line) = place.and_then(|place| missing_permission(order, &check, place)) {
        order.world.warn(&line);
        ending::note(asker, &line);
    }
    Ok(())
}

fn missing_permission(order: &SignIn<'_>, check: &Check<'_>, place: &str) -> Option<String> {
    let forbids = |errand| matches!(provider::allows(check, place, errand), Ok(Some(false)));
    let verb = match () {
        () if forbids(Errand::Fetch) => "clone",
        () if !order.web.reading && forbids(Errand::Push) => "push to",
        () => return None,
    };
    Some(format!("this token cannot {verb} {}: it may only read, or less", shown(place)))
}

fn note(order: &SignIn<'_>, takes_basic: bool) -> Result<()> {
    let basic = (!takes_basic).then_some(false);
    let index = Index::read(&order.world.folder()?)?;
    // a site at which nothing is kept is nothing to know
    if index.site(&order.site).is_none_or(|entry| entry.basic == basic) {
        return Ok(());
    }
    Index::change(&order.world.folder()?, |index| {
        index.site_mut(&order.site).basic = basic;
        Ok(())
    })
}

/// Whether a person's token must go as Bearer, because a sign-in found that the server takes no Basic.
pub fn only_bearer(situation: &Situation<'_>) -> Result<bool> {
    let scheme = situation.world.settings()?.auth_scheme(&situation.site)?;
    Ok(situation.product == Product::DataCenter && scheme == AuthScheme::Auto && situation.entry.basic == Some(false))
}

/// The answer, unless it is a token that the server would refuse from a Git that cannot send Bearer: then the remedy.
pub fn speakable(situation: &Situation<'_>, answer: Option<Answer>) -> Result<Option<Answer>> {
    let may_be_mute = situation.product == Product::DataCenter && !situation.request.knows_authtype;
    let name = answer.as_ref().filter(|answer| may_be_mute && answer.password.is_some());
    let name = name.and_then(|answer| String::from_utf8(answer.username.clone()?).ok());
    let Some(name) = name else { return Ok(answer) };
    let situation = situation.anew()?;
    let is_token = situation.entry.account(&name).is_some_and(|account| account.kind == Kind::HttpToken);
    if is_token && only_bearer(&situation)? {
        let rule = Rule::OnlyBearer { address: situation.site.to_string() };
        situation.world.report(&Error::Rule { site: situation.site.short(), rule });
        return Ok(Some(Answer::quit()));
    }
    Ok(answer)
}
