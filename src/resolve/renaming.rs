//! A person who is called otherwise now: the server's word for the owner of a secret that is kept under another name.
//! Record, rules and choices go along, and the old name in addresses is still understood.

use super::open_record;
use super::records::{key, remove_record};
use crate::accounts::{Account, Index, is_fixed};
use crate::credential::{Kind, Record};
use crate::error::{Error, Result, shown};
use crate::site::Site;
use crate::storage::Name;
use crate::world::World;

/// Follows the name by which the server knows an account. `None` where it is the one we know, or the token is nobody's.
pub fn follow(
    world: &World,
    site: &Site,
    account: &Account,
    record: &Record,
    found: &str,
) -> Result<Option<(Account, Record)>> {
    if account.name == found || record.kind == Kind::AccessToken || record.itself {
        return Ok(None);
    }
    let taken = other_of_that_name(world, site, account, found)?;
    let renamed = match &taken {
        Some(other) => open_record(world, site, other)?,
        None => None,
    };
    let renamed = match renamed {
        Some(renamed) => renamed,
        None => write_under(world, site, account, record, found)?,
    };
    let account = settle(world, site, account, found)?;
    Ok(Some((account, renamed)))
}

/// After a sign-in: whoever has the same e-mail and another name is the same person, and was renamed meanwhile.
pub fn join(world: &World, site: &Site, name: &str, record: &Record) -> Result<()> {
    let Some(login) = &record.rest_login else { return Ok(()) };
    let index = world.index()?;
    let Some(entry) = index.site(site).filter(|entry| entry.account(name).is_some()) else { return Ok(()) };
    let mut former = entry.accounts.iter().filter(|account| account.has_login(login) && !account.is_called(name));
    former.try_for_each(|account| settle(world, site, account, name).map(drop))
}

fn other_of_that_name(world: &World, site: &Site, account: &Account, name: &str) -> Result<Option<Account>> {
    let index = world.index()?;
    let mut others = index.site(site).into_iter().flat_map(|entry| &entry.accounts);
    Ok(others.find(|other| other.is_called(name) && !other.is_called(&account.name)).cloned())
}

/// The new record first, the old one last: a crash in between leaves one too many, never one too few.
fn write_under(world: &World, site: &Site, account: &Account, record: &Record, name: &str) -> Result<Record> {
    let mut renamed = record.clone();
    if !is_fixed(&record.username) {
        renamed.username = name.to_owned();
    }
    let storage = Name::from_word(&account.storage).ok_or(Error::RecordUnreadable)?;
    world.storage(storage, world.may_ask())?.set(&key(site, name), &renamed.seal())?;
    Ok(renamed)
}

/// Changes the index, says so, and removes what was kept under the old name.
fn settle(world: &World, site: &Site, account: &Account, name: &str) -> Result<Account> {
    let renamed = Index::change(&world.folder()?, |index| {
        let entry = index.site_mut(site);
        entry.rename(&account.name, name);
        entry.account(name).cloned().ok_or(Error::RecordUnreadable)
    })?;
    remove_record(world, site, account)?;
    if !account.is_called(name) {
        let (site, old, new) = (site.short(), shown(&account.name), shown(name));
        world.warn(&format!("{site} knows {old} as {new} now; what was chosen for {old} holds for {new}"));
    }
    Ok(renamed)
}
