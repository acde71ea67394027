//! The decision (DESIGN section 5): stored and fresh › healed › asked › nothing.
//! It is the only room that knows the order; each step is one file beside this one.

mod feedback;
mod heal;
mod plain;
mod questions;
mod records;
mod sign_in;
mod situation;
mod strangers;
mod turns;
mod words;

pub use feedback::{erase, store};
pub use records::{forget, open_record, rebuild_index};
pub use sign_in::{SignIn, sign_in};
pub use situation::{Situation, Whereabouts, whereabouts};
pub use strangers::named;

use crate::accounts::{Choice, Entry};
use crate::config::AuthScheme;
use crate::credential::{Kind, Record};
use crate::error::{Error, Result, shown};
use crate::protocol::{Answer, Request};
use crate::site::{Product, Site};
use crate::world::World;

/// Answers Git's `get`; `None` is a silent miss, an error a miss (or a refusal of the request) with its words.
pub fn get(world: &World, request: &Request) -> Result<Option<Answer>> {
    let (protocol, host) = request.place()?;
    let Some(origin) = Site::of_request(protocol, host) else {
        return hint_at_the_at_sign(host);
    };
    match whereabouts(world, request, origin)? {
        Whereabouts::Strange => Ok(None),
        Whereabouts::Plain(site) => plain::get(world, &site, request),
        Whereabouts::Ours(situation) => from_account(&situation),
    }
}

/// `https://a@b.org@bitbucket.org`: the `@` of a name must be written `%40`, or Git takes the host for `b.org@bitbucket.org`.
fn hint_at_the_at_sign(host: &[u8]) -> Result<Option<Answer>> {
    match host.ends_with(b"@bitbucket.org") {
        true => Err(Error::AtSignInName),
        false => Ok(None),
    }
}

fn from_account(situation: &Situation<'_>) -> Result<Option<Answer>> {
    situation.warn_of_ignored_settings();
    let entry = situation.entry()?;
    match situation.choose(&entry)? {
        Choice::One { name, why } => {
            log::debug!("account {name}: {}", why.words());
            from_record(situation, &entry, &name)
        }
        Choice::Unknown { name } => sign_in::for_get(situation, Some(&name)).map_err(|error| said_whom(error, &entry)),
        Choice::Nobody => sign_in::for_get(situation, None),
        Choice::Several { names } => one_of(situation, &entry, names),
    }
}

/// A miss for a named account is more useful with the names that are there.
fn said_whom(error: Error, entry: &Entry) -> Error {
    match error {
        Error::SignInNeeded { site, account: Some(account) } if !entry.accounts.is_empty() => {
            Error::UnknownAccount { site, account, known: entry.names() }
        }
        error => error,
    }
}

fn one_of(situation: &Situation<'_>, entry: &Entry, names: Vec<String>) -> Result<Option<Answer>> {
    match sign_in::choose_account(situation, &names)? {
        Some(name) => from_record(situation, entry, &name),
        None => Ok(Some(Answer::quit())),
    }
}

fn from_record(situation: &Situation<'_>, entry: &Entry, name: &str) -> Result<Option<Answer>> {
    let Some(account) = entry.account(name) else { return sign_in::for_get(situation, Some(name)) };
    let record = open_record(situation.world, &situation.site, account)?;
    match record {
        None => sign_in::for_get(situation, Some(name)),
        Some(record) if !situation.was_refused(&record) && record.is_fresh(situation.world.now()) => {
            log::debug!("answered from storage");
            answer(situation, &record, situation.may_resume()).map(Some)
        }
        Some(_) => heal::heal(situation, name),
    }
}

/// The record as Git wants it; `resume` asks Git to come back if the server refuses it.
fn answer(situation: &Situation<'_>, record: &Record, resume: bool) -> Result<Answer> {
    if !record.secret.fits_a_line() || record.secret.is_empty() {
        return Err(Error::UnfitSecret { site: situation.site.short(), account: shown(&record.username) });
    }
    let bearer = takes_bearer(situation, record)?;
    let username = situation.requested_fixed_name().unwrap_or_else(|| record.username.clone());
    Ok(Answer {
        username: (!bearer).then(|| username.into_bytes()),
        password: (!bearer).then(|| record.secret.clone()),
        authtype: bearer.then(|| b"Bearer".to_vec()),
        credential: bearer.then(|| record.secret.clone()),
        refresh: record.refresh.clone().filter(|_| situation.keeps_nothing()),
        expires: record.expires,
        state: situation.request.knows_state.then(|| format!("{}:{}", if resume { 1 } else { 2 }, record.mark)),
        resume,
        ..Answer::default()
    })
}

/// Bearer where only Bearer works (tokens of a Data Center's project or repository), if this Git can send it.
fn takes_bearer(situation: &Situation<'_>, record: &Record) -> Result<bool> {
    let wanted = match situation.world.settings()?.auth_scheme(&situation.site)? {
        AuthScheme::Basic => false,
        AuthScheme::Bearer => record.kind != Kind::Password,
        AuthScheme::Auto => situation.product == Product::DataCenter && record.kind == Kind::AccessToken,
    };
    Ok(wanted && situation.request.knows_authtype)
}
