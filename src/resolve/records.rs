//! Records and the index kept in step: what storage holds and what the index says of it change together.

use crate::accounts::{ACCESS_TOKEN_USER, Account, Entry, Index, is_fixed};
use crate::credential::Record;
use crate::error::{Error, Result};
use crate::site::{Product, Site};
use crate::storage::{Key, Name};
use crate::world::World;

/// What became of a record that was to be kept.
#[derive(Debug)]
pub enum Kept {
    In(Name),
    /// Nothing is kept, because that was asked for.
    Nowhere,
    /// It should have been kept, and could not be; no reason to stop Git.
    Failed(Error),
}

/// The record of an account, from the storage that the index names; `None` if it is not there any more.
pub fn open_record(world: &World, site: &Site, account: &Account) -> Result<Option<Record>> {
    let name = Name::from_word(&account.storage).ok_or(Error::RecordUnreadable)?;
    let sealed = world.storage(name, world.may_ask())?.get(&key(site, &account.name))?;
    sealed.as_ref().map(Record::open).transpose()
}

/// Writes a record to `storage`, then says so in the index; a copy in the account's former storage is removed.
pub fn keep_in(
    world: &World,
    storage: Name,
    site: &Site,
    product: Product,
    account: Account,
    record: &Record,
) -> Result<()> {
    if storage == Name::None {
        return Ok(());
    }
    world.storage(storage, world.may_ask())?.set(&key(site, &account.name), &record.seal())?;
    let account = Account {
        storage: storage.word().into(),
        kind: record.kind,
        expires: record.expires,
        rest_login: record.rest_login.clone(),
        ..account
    };
    let former = Index::change(&world.folder()?, |index| {
        let entry = index.site_mut(site);
        let former = entry.account(&account.name).map(|known| known.storage.clone());
        entry.set_product(product);
        entry.keep(account.clone());
        Ok(former)
    })?;
    remove_former(world, site, &account, former.as_deref())
}

fn remove_former(world: &World, site: &Site, account: &Account, former: Option<&str>) -> Result<()> {
    match former.filter(|former| *former != account.storage).and_then(Name::from_word) {
        Some(former) => world.storage(former, world.may_ask())?.delete(&key(site, &account.name)).map(drop),
        None => Ok(()),
    }
}

/// The same for a new record, wherever the settings want it; failing to keep it is told, and is no failure.
pub fn keep_new(world: &World, site: &Site, product: Product, account: Account, record: &Record) -> Kept {
    let storage = match world.storage_for_new(site, world.may_ask()) {
        Ok(Name::None) => return Kept::Nowhere,
        Ok(storage) => storage,
        Err(error) => return Kept::Failed(error),
    };
    match keep_in(world, storage, site, product, account, record) {
        Ok(()) => Kept::In(storage),
        Err(error) => Kept::Failed(error),
    }
}

/// Writes a changed record back to where it came from.
pub fn update(world: &World, site: &Site, product: Product, account: &Account, record: &Record) -> Result<()> {
    let storage = Name::from_word(&account.storage).ok_or(Error::RecordUnreadable)?;
    keep_in(world, storage, site, product, account.clone(), record)
}

/// Removes an account's record, and all that the index says of it: a person wants it gone.
pub fn forget(world: &World, site: &Site, account: &Account) -> Result<()> {
    remove_record(world, site, account)?;
    Index::change(&world.folder()?, |index| {
        index.site_mut(site).forget(&account.name);
        index.tidy(site);
        Ok(())
    })
}

/// Removes a record whose secret is dead. The site stays known, and so do rules and choices for the account until it is
/// signed in again.
pub fn discard(world: &World, site: &Site, account: &Account) -> Result<()> {
    remove_record(world, site, account)?;
    Index::change(&world.folder()?, |index| {
        index.site_mut(site).discard(&account.name);
        Ok(())
    })
}

/// Removes what the storage holds for an account, and leaves the index alone.
pub fn remove_record(world: &World, site: &Site, account: &Account) -> Result<()> {
    match Name::from_word(&account.storage) {
        Some(storage) => world.storage(storage, world.may_ask())?.delete(&key(site, &account.name)).map(drop),
        None => Ok(()),
    }
}

/// A new account by the name that it is to be kept under: that of the same person, if only the e-mail is known by which
/// somebody has signed in before; and where Bitbucket's fixed name for its kind is all there is, one with a number.
pub fn told_apart(world: &World, site: &Site, record: &Record, account: Account) -> Result<Account> {
    let entry = world.index()?.site(site).cloned().unwrap_or_default();
    let login = record.rest_login.as_ref().filter(|login| **login == account.name);
    let person = login.and_then(|login| entry.accounts.iter().find(|known| known.has_login(login)));
    match person {
        Some(person) => Ok(Account { name: person.name.clone(), ..account }),
        None if is_fixed(&account.name) && account.bound.is_none() => numbered(world, site, &entry, record, account),
        None => Ok(account),
    }
}

/// The first number that is free, that has the same secret, or one that is of no use any more.
fn numbered(world: &World, site: &Site, entry: &Entry, record: &Record, account: Account) -> Result<Account> {
    for number in 1.. {
        let name = if number == 1 { account.name.clone() } else { format!("{}:{number}", account.name) };
        let known = entry.account(&name).map(|known| open_record(world, site, known)).transpose()?.flatten();
        let is_over = |known: &Record| known.refresh.is_none() && !known.is_fresh(world.now());
        if known.is_none_or(|known| known.secret == record.secret || is_over(&known)) {
            return Ok(Account { name, ..account });
        }
    }
    Ok(account)
}

/// Where a storage keeps an account. A path is never part of it.
pub fn key(site: &Site, account: &str) -> Key {
    Key { site: site.to_string(), account: account.to_owned() }
}

/// Finds accounts that the index does not know in the storages that can name what they hold, and adds them. Of an index
/// that cannot be read a copy is kept; the rules and choices in it are lost.
pub fn rebuild_index(world: &World) -> Result<Index> {
    let mut found: Vec<(Site, Account)> = Vec::new();
    for name in [Name::Keyring, Name::File, Name::Pass] {
        // a storage that is not there keeps nothing to find; one that is closed may keep all of it
        let Ok(storage) = world.storage(name, world.may_ask()) else { continue };
        let keys = match storage.list() {
            Err(Error::KeyringAbsent | Error::Program { .. }) => continue,
            keys => keys?,
        };
        for key in keys {
            let record = storage.get(&key)?.and_then(|sealed| Record::open(&sealed).ok());
            if let (Some(record), Ok(site)) = (record, Site::parse(&key.site)) {
                found.push((site, recalled(&key.account, name, &record)));
            }
        }
    }
    found.sort_by_cached_key(|(site, account)| (site.clone(), account.name.clone()));
    Index::repair(&world.folder()?, |index| {
        for (site, account) in found {
            if index.site(&site).is_none_or(|entry| entry.account(&account.name).is_none()) {
                index.site_mut(&site).keep(account);
            }
        }
    })
}

/// What a record tells of its account; what an access token is bound to stands in its name.
fn recalled(name: &str, storage: Name, record: &Record) -> Account {
    let bound = name.strip_prefix(ACCESS_TOKEN_USER).and_then(|rest| rest.strip_prefix(':'));
    Account {
        expires: record.expires,
        rest_login: record.rest_login.clone(),
        bound: bound.filter(|bound| bound.parse::<u32>().is_err()).map(str::to_owned),
        ..Account::new(name, record.kind, storage.word())
    }
}
