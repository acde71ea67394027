//! Our own secrets moved from one storage to another, without a sign-in: written, read back, named in the index, and only then
//! removed where they were. What is sealed is moved as it is, unread.

use super::{records, turns};
use crate::accounts::{Account, Index};
use crate::error::{Error, Result};
use crate::site::Site;
use crate::storage::{Key, Name, Storage};
use crate::world::World;

/// Something that rests in a storage.
pub enum Load {
    Account {
        site: Site,
        name: String,
    },
    /// The secret of an OAuth client, or the entries of a site that we only keep things for: found by the settings' storage.
    Setting(Key),
}

/// What became of one load.
pub enum Moved {
    Done,
    /// The same, but the old copy is still there.
    NotRemoved(Error),
    /// It is not there any more, or lies elsewhere by now.
    Gone,
    /// It stays, since the settings look for it where it is.
    Bound,
}

/// All that lies in `from`: accounts as the index knows them, and what the storage can name besides. That may be an account
/// that is in `to` already, if whoever moved it was killed before the old copy was gone.
pub fn loads(world: &World, from: Name, to: Name) -> Result<Vec<Load>> {
    let index = Index::read(&world.folder()?)?;
    let named = world.storage(from, world.may_ask())?.list()?;
    let mut loads = Vec::new();
    for (site, entry) in index.sites() {
        let left = |name: &str| named.contains(&records::key(&site, name));
        let here =
            |account: &&Account| account.storage == from.word() || account.storage == to.word() && left(&account.name);
        let here = entry.accounts.iter().filter(here);
        loads.extend(here.map(|account| Load::Account { site: site.clone(), name: account.name.clone() }));
    }
    loads.extend(named.into_iter().filter(is_setting).map(Load::Setting));
    Ok(loads)
}

/// Names that no account has, since a username has no blank in it.
fn is_setting(key: &Key) -> bool {
    key.account == super::PLAIN || key.account.starts_with(super::CLIENT)
}

/// Moves one load, under its account's turn.
pub fn shift(world: &World, load: &Load, from: Name, to: Name) -> Result<Moved> {
    let (old, new) = (world.storage(from, world.may_ask())?, world.storage(to, world.may_ask())?);
    match load {
        Load::Account { site, name } => {
            let _turn = turns::take(world, site, name, true)?;
            let key = records::key(site, name);
            if is_in(world, site, name, to)? && new.get(&key)?.is_some() {
                return Ok(removed(&key, &*old));
            }
            if !is_in(world, site, name, from)? || !copy(&key, &*old, &*new)? {
                return Ok(Moved::Gone);
            }
            say_so(world, site, name, to)?;
            Ok(removed(&key, &*old))
        }
        Load::Setting(key) => {
            let site = Site::parse(&key.site)?;
            let _turn = turns::take(world, &site, "", true)?;
            if world.chosen_storage(&site)?.unwrap_or(Name::Keyring) != to {
                return Ok(Moved::Bound);
            }
            Ok(if copy(key, &*old, &*new)? { removed(key, &*old) } else { Moved::Gone })
        }
    }
}

/// While we waited for the turn, it may have moved.
fn is_in(world: &World, site: &Site, name: &str, storage: Name) -> Result<bool> {
    let index = Index::read(&world.folder()?)?;
    Ok(index.site(site).and_then(|entry| entry.account(name)).is_some_and(|account| account.storage == storage.word()))
}

fn copy(key: &Key, old: &dyn Storage, new: &dyn Storage) -> Result<bool> {
    let Some(sealed) = old.get(key)? else { return Ok(false) };
    new.set(key, &sealed)?;
    match new.get(key)?.is_some_and(|kept| kept == sealed) {
        true => Ok(true),
        false => Err(Error::NotStored { storage: new.name().word() }),
    }
}

fn say_so(world: &World, site: &Site, name: &str, to: Name) -> Result<()> {
    Index::change(&world.folder()?, |index| {
        let accounts = &mut index.site_mut(site).accounts;
        let account = accounts.iter_mut().find(|account| account.is_called(name));
        account.ok_or(Error::RecordUnreadable)?.storage = to.word().into();
        Ok(())
    })
}

fn removed(key: &Key, old: &dyn Storage) -> Moved {
    match old.delete(key) {
        Ok(true) => Moved::Done,
        Ok(false) => Moved::Gone,
        Err(error) => Moved::NotRemoved(error),
    }
}

impl Load {
    /// What it is, for people.
    pub fn title(&self) -> String {
        match self {
            Self::Account { site, name } => format!("{} at {}", crate::error::shown(name), site.short()),
            Self::Setting(key) => {
                format!("{} of {}", crate::error::shown(&key.account), crate::error::shown(&key.site))
            }
        }
    }
}
