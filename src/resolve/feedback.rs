//! Git's verdict: `store` when a credential worked, `erase` when it was refused. What we handed out comes back here too,
//! poorer than we keep it, so nothing rich is ever replaced by it.

use super::records::{Kept, discard, keep_new, open_record, told_apart, update};
use super::refusals::{self, Refuser};
use super::situation::{Situation, Whereabouts, whereabouts};
use super::{plain, refused_secrets, turns};
use crate::accounts::{ACCESS_TOKEN_USER, Account, is_fixed, is_straight};
use crate::credential::{Kind, Record};
use crate::error::{Error, Result};
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
        Whereabouts::Strange | Whereabouts::Injected(_) => Ok(()),
        Whereabouts::Plain(site) => plain::store(world, &site, request),
        Whereabouts::Ours(situation) => {
            let _turn = turns::take(world, &situation.site, "", false)?;
            // while we waited, somebody may have signed in
            store_ours(&situation.anew()?)
        }
    }
}

/// Git's `erase`. Without protocol and host it means nothing (CVE-2020-11008).
pub fn erase(world: &World, request: &Request) -> Result<()> {
    let Some(origin) = origin(request) else { return Ok(()) };
    match whereabouts(world, request, origin)? {
        Whereabouts::Strange => Ok(()),
        Whereabouts::Injected(injected) => {
            injected.refused(request);
            Ok(())
        }
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
    for account in candidates(situation) {
        let Some(record) = open_record(situation.world, &situation.site, account)? else { continue };
        if record.secret == *secret {
            log::debug!("it works: our own answer for {}", account.name);
            return proven(situation, account, record);
        }
    }
    keep_foreign(situation, secret)
}

/// Our own answer came back: it works, and there is nothing to write, unless somebody had doubted it, or it has no
/// profile and is seen at work for the first time.
fn proven(situation: &Situation<'_>, account: &Account, record: Record) -> Result<()> {
    let judge = situation.place.as_deref().filter(|place| is_straight(place) && place.split('/').count() == 2);
    let first = judge.filter(|_| has_no_profile(situation, &record) && account.judge().is_none());
    if !record.doubtful && first.is_none() {
        return Ok(());
    }
    let _turn = turns::take(situation.world, &situation.site, &account.name, false)?;
    // while we waited, another may have taken its place
    let now = situation.anew()?;
    let Some(account) = now.entry.account(&account.name) else { return Ok(()) };
    let now = open_record(situation.world, &situation.site, account)?.filter(|now| now.secret == record.secret);
    let Some(now) = now else { return Ok(()) };
    let record = Record { doubtful: false, ..now };
    let account = Account { works_at: first.map(str::to_owned).or(account.works_at.clone()), ..account.clone() };
    update(situation.world, &situation.site, situation.product, &account, &record)
}

/// On the Cloud these can only be asked about at a repository.
fn has_no_profile(situation: &Situation<'_>, record: &Record) -> bool {
    let nameless = record.kind == Kind::AccessToken
        || record.itself
        || record.kind == Kind::ApiToken && record.rest_login.is_none();
    situation.product == Product::Cloud && nameless
}

/// Somebody else's credential worked, or one that was typed at Git's own prompt. It must have a name of its own, and
/// must not take the place of a browser sign-in: it may be an access token of ours that was refreshed meanwhile.
fn keep_foreign(situation: &Situation<'_>, secret: &Secret) -> Result<()> {
    let Some(username) = situation.request.username() else { return Ok(()) };
    // an app password is dead, and is not kept
    let Ok(kind) = provider::of(situation.product).kind_of(secret) else { return Ok(()) };
    let known = situation.entry.account(&username);
    if known.is_some_and(|known| known.kind == Kind::Oauth) {
        return Ok(());
    }
    let mut record = Record::new(kind, username, secret.clone());
    record.expires = situation.request.expires;
    record.rest_login = known.and_then(|known| known.rest_login.clone());
    record.mark = situation.world.new_mark();
    let account = account_of_foreign(situation, &record)?;
    log::debug!("it works, and is new: to be kept for {}", account.name);
    // an erase of the one before it looks at what is kept, and then removes it
    let _turn = turns::take(situation.world, &situation.site, &account.name, false)?;
    match keep_new(situation.world, &situation.site, situation.product, account, &record) {
        // where there is no keyring, the sign-in says so; here it would be said at every command
        Kept::Failed(Error::KeyringAbsent) | Kept::In(_) | Kept::Nowhere => Ok(()),
        Kept::Failed(error) => Err(error),
    }
}

/// A token of nobody is bound to the repository that it just opened; without one it is told apart by a number.
fn account_of_foreign(situation: &Situation<'_>, record: &Record) -> Result<Account> {
    let nobodys = record.kind == Kind::AccessToken && is_fixed(&record.username);
    let bound = situation.place.clone().filter(|place| nobodys && is_straight(place));
    let name = bound.as_ref().map_or(record.username.clone(), |bound| format!("{ACCESS_TOKEN_USER}:{bound}"));
    let account = Account { bound, ..Account::new(name, record.kind, "") };
    told_apart(situation.world, &situation.site, record, account)
}

/// The accounts that a request can mean: all, or those of the name, which may be one of the fixed ones.
fn candidates<'a>(situation: &'a Situation<'_>) -> Vec<&'a Account> {
    let entry = &situation.entry;
    let username = situation.request.username();
    let Some(name) = username else { return entry.accounts.iter().collect() };
    let kinds = provider::owner_of_fixed_name(&name);
    let fits = |account: &&Account| match kinds {
        Some(kinds) => kinds.contains(&account.kind),
        None => account.has_login(&name) || entry.account(&name).is_some_and(|one| one.name == account.name),
    };
    entry.accounts.iter().filter(fits).collect()
}

fn erase_ours(situation: &Situation<'_>) -> Result<()> {
    for account in candidates(situation) {
        let _turn = turns::take(situation.world, &situation.site, &account.name, false)?;
        // while we waited, another may have changed what is known of it
        let now = situation.anew()?;
        let Some(account) = now.entry.account(&account.name) else { continue };
        let Some(record) = open_record(situation.world, &situation.site, account)? else { continue };
        match secret(situation.request) {
            Some(named) if *named != record.secret => {
                log::debug!("refused: another secret than that of {}", account.name)
            }
            named => doubt(situation, account, record, named.is_some())?,
        }
    }
    Ok(())
}

/// A refused secret goes, unless the server can be asked about it: on the Cloud 401 also means "not this repository", at
/// both it may mean another name. An erase that names no secret may be cut short by Git itself (P8), so it loses nothing
/// that a person had to make.
fn doubt(situation: &Situation<'_>, account: &Account, mut record: Record, named: bool) -> Result<()> {
    if named {
        refusals::remember(situation.world, &situation.site, &account.name, Refuser::Git);
    }
    let replaceable = record.kind == Kind::Password || named && !can_be_asked_about(situation, account, &record);
    if named && record.kind == Kind::Password {
        refused_secrets::remember(situation.world, &situation.site, situation.product, &record);
    }
    log::debug!("refused: {} is {}", account.name, if replaceable { "forgotten" } else { "doubted" });
    if replaceable {
        return discard(situation.world, &situation.site, account);
    }
    record.doubtful = true;
    update(situation.world, &situation.site, situation.product, account, &record)
}

fn can_be_asked_about(situation: &Situation<'_>, account: &Account, record: &Record) -> bool {
    match situation.product {
        Product::Cloud => record.kind == Kind::Oauth || record.rest_login.is_some() || account.judge().is_some(),
        // asked with Bearer, which Git may have left out, and which no CAPTCHA counts
        Product::DataCenter => record.kind != Kind::Password,
    }
}
