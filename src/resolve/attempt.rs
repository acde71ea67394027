//! One secret at a sign-in: asked about once, and what follows from the server's word.

use super::sign_in::{Candidate, SignIn, keep_for};
use super::{ending, new_token, on_premise, questions, refused_secrets, words};
use crate::accounts::{ACCESS_TOKEN_USER, Account};
use crate::credential::{Kind, Record};
use crate::error::{Error, Result, shown};
use crate::prompt::Asker;
use crate::provider::{self, Check, Verdict};

/// What is left of it when the server has been asked, under which name, and whether the server knew it.
struct Checked {
    record: Record,
    name: String,
    proven: bool,
}

/// One secret, sent once, and kept if it is not refused; a password that is right may make a token.
pub fn attempt(order: &SignIn<'_>, mut asker: Option<&mut Asker>, candidate: &Candidate) -> Result<Record> {
    let Checked { mut record, name, proven } = checked(order, asker.as_deref_mut(), candidate)?;
    if proven {
        record = new_token::offer(order, asker.as_deref_mut(), record, candidate.trade)?;
    }
    // what the server made tells its own end
    if record.token_id.is_none() {
        record.expires = questions::expiry(order, asker.as_deref_mut(), &record)?;
    }
    let bound = candidate.bound.clone().filter(|_| record.kind == Kind::AccessToken);
    let name = bound.as_ref().map_or(name, |bound| format!("{ACCESS_TOKEN_USER}:{bound}"));
    let account = Account { bound, ..Account::new(name, record.kind, "") };
    let record = keep_for(order, asker.as_deref_mut(), record, account, candidate.rule.as_deref())?;
    if proven && let Err(why) = on_premise::learn(order, asker, &record) {
        log::debug!("not found out how git shall send it: {why}");
    }
    Ok(record)
}

/// Asks the server once and draws the conclusion (the decision table: only a clear refusal refuses).
fn checked(order: &SignIn<'_>, mut asker: Option<&mut Asker>, candidate: &Candidate) -> Result<Checked> {
    let mut record = candidate.record.clone();
    let verdict = ask_server(order, &record)?;
    let proven = matches!(verdict, Verdict::Good { .. });
    let name = match verdict {
        Verdict::Refused(about) => return Err(Error::Refused { site: order.site.short(), about }),
        Verdict::SecondFactor => return Err(Error::SecondFactor { site: order.site.short() }),
        Verdict::Good { username, scopes } => owned_by(order, &mut record, username, scopes)?,
        Verdict::Nameless { granted } => {
            words::warn_of_missing_scopes(order.world, &granted);
            record.scopes = granted;
            name_without_owner(order, asker, &mut record)?
        }
        Verdict::Unknown(why) if on_premise::is_useless(order, &record, &why) => return Err(why),
        Verdict::Unknown(why) => {
            words::say_why_unchecked(order.world, &why);
            ending::note(asker.as_deref_mut(), &format!("not checked: {why}; git will tell whether it works"));
            name_without_owner(order, asker, &mut record)?
        }
    };
    Ok(Checked { record, name, proven })
}

/// The server's word on a secret: the one it gave before, or a new one, which is remembered where it is a refusal.
pub fn ask_server(order: &SignIn<'_>, record: &Record) -> Result<Verdict> {
    let (world, site, product) = (order.world, &order.site, order.product);
    if refused_secrets::is_known(world, site, product, record) {
        return Ok(Verdict::Refused(provider::refusal_of(record.kind)));
    }
    let verdict = asked(order, record)?;
    if matches!(verdict, Verdict::Refused(_)) {
        refused_secrets::remember(world, site, product, record);
    }
    Ok(verdict)
}

fn asked(order: &SignIn<'_>, record: &Record) -> Result<Verdict> {
    // a server of a company may hold the answer until a second factor is shown elsewhere
    let phone = if record.kind == Kind::Password { "; approve the sign-in on your phone if it asks" } else { "" };
    let _sign = order.world.spinner(&format!("asking {}{phone}", order.site.short()));
    let http = order.world.http(&order.site)?;
    let limit = order.world.limit(&order.site, true)?;
    provider::of(order.product).check(&Check {
        http: &http,
        site: &order.site,
        record,
        place: order.place.as_deref(),
        limit,
    })
}

/// The server's spelling of the name wins; a name other than the wanted one is reported, and nothing is overwritten.
pub fn owned_by(order: &SignIn<'_>, record: &mut Record, username: String, scopes: Vec<String>) -> Result<String> {
    // a token of a project or repository acts as a user of its own (isomorphic-git issue 1942)
    if username.starts_with("access-token-user/") {
        record.kind = Kind::AccessToken;
        record.username = ACCESS_TOKEN_USER.into();
        return Ok(ACCESS_TOKEN_USER.into());
    }
    same_person(order, record, &username)?;
    if record.kind == Kind::ApiToken {
        words::warn_of_missing_scopes(order.world, &scopes);
    }
    record.username = username.clone();
    record.scopes = scopes;
    Ok(username)
}

/// Compares whom the server knows with whom the order wants.
pub fn same_person(order: &SignIn<'_>, record: &Record, found: &str) -> Result<()> {
    let Some(wanted) = &order.wanted else { return Ok(()) };
    let login = record.rest_login.as_deref().unwrap_or_default();
    match [found, login].iter().any(|name| name.to_lowercase() == wanted.to_lowercase()) {
        true => Ok(()),
        false => Err(Error::SignedInAsAnother { site: order.site.short(), wanted: shown(wanted), found: shown(found) }),
    }
}

/// The name of what the server did not name: as wanted, or as the person says where git needs one.
fn name_without_owner(order: &SignIn<'_>, asker: Option<&mut Asker>, record: &mut Record) -> Result<String> {
    let wanted = order.wanted.clone().filter(|_| record.kind != Kind::AccessToken);
    if let Some(name) = wanted.or(record.rest_login.clone()) {
        return Ok(name);
    }
    if record.username.is_empty() {
        record.username = questions::owner(order, asker)?;
    }
    Ok(record.username.clone())
}
