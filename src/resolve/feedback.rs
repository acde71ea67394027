//! Git's verdict: `store` when a credential worked, `erase` when it was refused. What we handed out comes back here too,
//! poorer than we keep it, so nothing rich is ever replaced by it.

use super::records::{Kept, forget, keep_new, open_record, update};
use super::situation::{Situation, Whereabouts, whereabouts};
use super::{plain, turns};
use crate::accounts::{Account, Entry};
use crate::credential::{Kind, Record, Shape};
use crate::error::Result;
use crate::protocol::Request;
use crate::provider;
use crate::secret::Secret;
use crate::site::{Product, Site};
use crate::world::World;

/// Git's `store`. What is incomplete, expired, ephemeral or not ours is passed over in silence.
pub fn store(world: &World, request: &Request) -> Result<()> {
    let past = request.expires.is_some_and(|end| end <= world.now());
    let Some(origin) = origin(request).filter(|_| !past && !request.ephemeral) else { return Ok(()) };
    match whereabouts(world, request, origin)? {
        Whereabouts::Strange => Ok(()),
        Whereabouts::Plain(site) => plain::store(world, &site, request),
        Whereabouts::Ours(situation) => {
            let _turn = turns::take(world, &situation.site, "", false)?;
            store_ours(&situation)
        }
    }
}

/// Git's `erase`. Without protocol and host it means nothing (CVE-2020-11008).
pub fn erase(world: &World, request: &Request) -> Result<()> {
    let Some(origin) = origin(request) else { return Ok(()) };
    match whereabouts(world, request, origin)? {
        Whereabouts::Strange => Ok(()),
        Whereabouts::Plain(site) => plain::erase(world, &site, request),
        Whereabouts::Ours(situation) => erase_ours(&situation),
    }
}

fn origin(request: &Request) -> Option<Site> {
    let (protocol, host) = request.place().ok()?;
    Site::of_request(protocol, host)
}

/// The secret that Git names, in either of its forms.
fn secret(request: &Request) -> Option<&Secret> {
    request.credential.as_ref().or(request.password.as_ref()).filter(|secret| !secret.is_empty())
}

fn store_ours(situation: &Situation<'_>) -> Result<()> {
    let Some(secret) = secret(situation.request) else { return Ok(()) };
    let entry = situation.entry()?;
    for account in candidates(situation, &entry) {
        let Some(record) = open_record(situation.world, &situation.site, account)? else { continue };
        if record.secret == *secret {
            return proven(situation, account, record);
        }
    }
    keep_foreign(situation, &entry, secret)
}

/// Our own answer came back: it works, and there is nothing to write, unless somebody had doubted it.
fn proven(situation: &Situation<'_>, account: &Account, mut record: Record) -> Result<()> {
    if !record.doubtful {
        return Ok(());
    }
    record.doubtful = false;
    update(situation.world, &situation.site, situation.product, account, &record)
}

/// Somebody else's credential worked, or one that was typed at Git's own prompt. It must have a name of its own, and
/// must not take the place of a browser sign-in: it may be an access token of ours that was refreshed meanwhile.
fn keep_foreign(situation: &Situation<'_>, entry: &Entry, secret: &Secret) -> Result<()> {
    let Some(username) = situation.request.username() else { return Ok(()) };
    let Some(kind) = foreign_kind(situation, secret) else { return Ok(()) };
    let account = Account::new(&username, kind, "");
    let known = entry.account(&username);
    if known.is_some_and(|known| known.kind == Kind::Oauth) || situation.keeps_nothing() {
        return Ok(());
    }
    let mut record = Record::new(kind, username, secret.clone());
    record.expires = situation.request.expires;
    record.rest_login = known.and_then(|known| known.rest_login.clone());
    record.mark = situation.world.new_mark();
    match keep_new(situation.world, &situation.site, situation.product, account, &record) {
        Kept::Failed(why) => Err(why),
        _ => Ok(()),
    }
}

/// An app password is dead and is not kept; whatever else worked is a token on the Cloud, where nothing else works.
fn foreign_kind(situation: &Situation<'_>, secret: &Secret) -> Option<Kind> {
    match (situation.product, Shape::of(secret)) {
        (_, Shape::AppPassword) => None,
        _ => provider::of(situation.product).kind_of(secret).ok(),
    }
}

/// The accounts that a request can mean: all, or those of the name, which may be one of the fixed ones.
fn candidates<'a>(situation: &Situation<'_>, entry: &'a Entry) -> Vec<&'a Account> {
    let username = situation.request.username();
    let Some(name) = username else { return entry.accounts.iter().collect() };
    let kinds = provider::owner_of_fixed_name(&name);
    let fits = |account: &&Account| match kinds {
        Some(kinds) => kinds.contains(&account.kind),
        None => {
            account.is_called(&name)
                || account.rest_login.as_ref().is_some_and(|login| login.eq_ignore_ascii_case(&name))
        }
    };
    entry.accounts.iter().filter(fits).collect()
}

fn erase_ours(situation: &Situation<'_>) -> Result<()> {
    let entry = situation.entry()?;
    for account in candidates(situation, &entry) {
        let _turn = turns::take(situation.world, &situation.site, &account.name, false)?;
        let Some(record) = open_record(situation.world, &situation.site, account)? else { continue };
        match secret(situation.request) {
            Some(named) if *named != record.secret => {}
            named => doubt(situation, account, record, named.is_some())?,
        }
    }
    Ok(())
}

/// A refused secret goes, unless the server can be asked about it: on the Cloud 401 also means "not this repository". An
/// erase that names no secret may be cut short by Git itself (P8), so it loses nothing that a person had to make.
fn doubt(situation: &Situation<'_>, account: &Account, mut record: Record, named: bool) -> Result<()> {
    let replaceable = record.kind == Kind::Password || named && !can_be_asked_about(situation, account, &record);
    if replaceable {
        return forget(situation.world, &situation.site, account);
    }
    record.doubtful = true;
    update(situation.world, &situation.site, situation.product, account, &record)
}

fn can_be_asked_about(situation: &Situation<'_>, account: &Account, record: &Record) -> bool {
    let for_one_repository = account.bound.as_ref().is_some_and(|bound| bound.contains('/'));
    let on_cloud = situation.product == Product::Cloud && (record.rest_login.is_some() || for_one_repository);
    record.kind == Kind::Oauth || on_cloud
}
