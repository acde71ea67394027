//! A credential that expired, or that somebody doubts: asked about, and only on the server's clear word forgotten.

use super::records::{discard, open_record, update};
use super::refresh::refreshed;
use super::refusals::{self, Refuser};
use super::{Situation, answer, refused_secrets, renaming, sign_in, turns};
use crate::accounts::Account;
use crate::credential::{Kind, Record};
use crate::error::{Error, Result, shown};
use crate::protocol::Answer;
use crate::provider::{self, Check, Verdict};
use crate::site::{Product, Site};
use crate::world::World;

/// Answers with an account whose record cannot be handed out as it stands.
pub fn heal(situation: &Situation<'_>, name: &str) -> Result<Option<Answer>> {
    let world = situation.world;
    let turn = turns::take(world, &situation.site, name, false)?;
    // while we waited, another process may have healed it
    let now = situation.anew()?;
    let found = match now.entry.account(name) {
        Some(account) => open_record(world, &situation.site, account)?.map(|record| (account, record)),
        None => None,
    };
    let outcome = match found {
        Some((account, record)) => healed(&now, account, record)?,
        None => Outcome::SignIn,
    };
    // the sign-in has a turn of its own
    drop(turn);
    match outcome {
        Outcome::Answer(answer) => Ok(Some(answer)),
        Outcome::SignIn => sign_in::for_get(situation, Some(name)),
    }
}

enum Outcome {
    Answer(Answer),
    SignIn,
}

fn healed(situation: &Situation<'_>, account: &Account, record: Record) -> Result<Outcome> {
    let refused = situation.was_refused(&record);
    let doubt = if record.doubtful { "doubted" } else { "at its end" };
    log::debug!(
        "{} of {}: {}",
        record.kind.title(),
        account.name,
        if refused { "refused a moment ago" } else { doubt }
    );
    if !refused && record.is_fresh(situation.world.now()) {
        return answer(situation, &record, situation.may_resume()).map(Outcome::Answer);
    }
    if record.can_be_refreshed() {
        return made_fresh(situation, account, record, refused);
    }
    if !refused && !record.doubtful {
        situation.world.warn(&format!("the {} of {} has expired", record.kind.title(), shown(&account.name)));
        return Ok(Outcome::SignIn);
    }
    // a password that is asked about counts as another failed sign-in; a token can be shown without a name, which counts
    // against nobody
    if refused && record.kind == Kind::Password {
        return forgotten(situation, account, &record);
    }
    if refused_secrets::is_known(situation.world, &situation.site, situation.product, &record) {
        return not_sent_again(situation, &record);
    }
    match ask_server(situation, account, &record)? {
        Verdict::Refused(_) => forgotten(situation, account, &record),
        Verdict::Good { username, .. } => named(situation, account, record, &username, refused),
        Verdict::Nameless { .. } => trusted_again(situation, account, record, refused),
        Verdict::SecondFactor => Err(Error::SecondFactor { site: situation.site.short() }),
        Verdict::Unknown(why) => doubted(situation, account, record).and(Err(why)),
    }
}

/// Tokens of a browser sign-in. Refused ones are asked about first: it may be the repository that is closed, and then fresh
/// ones would be refused as well.
fn made_fresh(situation: &Situation<'_>, account: &Account, record: Record, refused: bool) -> Result<Outcome> {
    let (world, site) = (situation.world, &situation.site);
    let over = record.expires.is_some_and(|end| end <= world.now());
    if !over && (refused || record.doubtful) {
        match ask_server(situation, account, &record) {
            Ok(Verdict::Good { username, .. }) => return named(situation, account, record, &username, refused),
            Ok(Verdict::Nameless { .. }) => return trusted_again(situation, account, record, refused),
            _ => {}
        }
    }
    match refreshed(world, site, situation.product, account, &record) {
        Ok(Some(fresh)) => answer(situation, &fresh, situation.may_resume()).map(Outcome::Answer),
        Ok(None) => forgotten(situation, account, &record),
        // it was only to be refreshed early
        Err(why) if !over && !refused && !record.doubtful => {
            log::debug!("not refreshed: {why}");
            answer(situation, &record, situation.may_resume()).map(Outcome::Answer)
        }
        Err(why) => Err(why),
    }
}

fn ask_server(situation: &Situation<'_>, account: &Account, record: &Record) -> Result<Verdict> {
    let http = situation.world.http(&situation.site)?;
    let limit = situation.world.limit(&situation.site, false)?;
    let place = account.judge().or(situation.place.as_deref());
    provider::of(situation.product).check(&Check { http: &http, site: &situation.site, record, place, limit })
}

fn forgotten(situation: &Situation<'_>, account: &Account, record: &Record) -> Result<Outcome> {
    let about = provider::refusal_of(record.kind);
    situation.world.warn(&Error::Refused { site: situation.site.short(), about }.to_string());
    refused_secrets::remember(situation.world, &situation.site, situation.product, record);
    refusals::remember(situation.world, &situation.site, &account.name, Refuser::Server);
    put_away(situation, account, record)?;
    Ok(Outcome::SignIn)
}

/// A company's server may refuse a token for where it comes from, in the very words it has for a wrong one. So a token there
/// is kept, though not used: a sign-in or `status` finds out.
fn put_away(situation: &Situation<'_>, account: &Account, record: &Record) -> Result<()> {
    match situation.product == Product::DataCenter && record.kind.is_made_by_hand() {
        true => {
            let doubted = Record { doubtful: true, ..record.clone() };
            update(situation.world, &situation.site, situation.product, account, &doubted)
        }
        false => discard(situation.world, &situation.site, account),
    }
}

fn not_sent_again(situation: &Situation<'_>, record: &Record) -> Result<Outcome> {
    let why = refused_secrets::error(&situation.site, record, true);
    if situation.world.asker().is_none() {
        return Err(why);
    }
    situation.world.warn(&why.to_string());
    Ok(Outcome::SignIn)
}

/// The server was asked about a credential by a person, and knows it, perhaps by a new name: nobody need doubt it any more.
pub fn trust(
    world: &World,
    site: &Site,
    product: Product,
    account: &Account,
    record: &Record,
    username: Option<&str>,
) -> Result<()> {
    refused_secrets::forgive(world, site, product, record);
    if !record.doubtful && username.is_none_or(|username| account.name == username) {
        return Ok(());
    }
    let _turn = turns::take(world, site, &account.name, false)?;
    // while the server was asked, another may have taken its place
    let now = open_record(world, site, account)?.filter(|now| now.secret == record.secret);
    let Some(now) = now else { return Ok(()) };
    let trusted = Record { doubtful: false, ..now };
    if now.doubtful {
        update(world, site, product, account, &trusted)?;
    }
    username.map_or(Ok(()), |username| renaming::follow(world, site, account, &trusted, username).map(drop))
}

/// The server knows it, perhaps by a new name, which explains why it was refused under the old one.
fn named(
    situation: &Situation<'_>,
    account: &Account,
    record: Record,
    username: &str,
    refused: bool,
) -> Result<Outcome> {
    match renaming::follow(situation.world, &situation.site, account, &record, username)? {
        Some((account, renamed)) => {
            let explained = renamed.username != record.username;
            trusted_again(situation, &account, renamed, refused && !explained)
        }
        None => trusted_again(situation, account, record, refused),
    }
}

/// Git was refused and the server cannot be asked now: it is asked before the secret is given out again.
fn doubted(situation: &Situation<'_>, account: &Account, mut record: Record) -> Result<()> {
    if record.doubtful {
        return Ok(());
    }
    record.doubtful = true;
    update(situation.world, &situation.site, situation.product, account, &record)
}

/// The server knows it after all. If it was refused in this very command, the repository is what is closed.
fn trusted_again(situation: &Situation<'_>, account: &Account, mut record: Record, refused: bool) -> Result<Outcome> {
    if record.doubtful {
        record.doubtful = false;
        update(situation.world, &situation.site, situation.product, account, &record)?;
    }
    if !refused {
        return answer(situation, &record, false).map(Outcome::Answer);
    }
    refusals::remember(situation.world, &situation.site, &account.name, Refuser::Repository);
    let site = situation.site.short();
    situation.world.report(&Error::NotThisRepository { site, account: shown(&account.name) });
    Ok(Outcome::Answer(Answer::quit()))
}
