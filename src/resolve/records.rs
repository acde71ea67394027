//! Records and the index kept in step: what storage holds and what the index says of it change together.

use super::{questions, turns};
use crate::accounts::{ACCESS_TOKEN_USER, Account, Entry, Index, is_fixed};
use crate::credential::Record;
use crate::error::{Error, Result, shown};
use crate::prompt::Asker;
use crate::secret::Secret;
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
    opened(world, site, account).map_err(|error| match error {
        Error::RecordUnreadable => Error::UnreadableSecret { site: site.short(), account: shown(&account.name) },
        error => error,
    })
}

fn opened(world: &World, site: &Site, account: &Account) -> Result<Option<Record>> {
    let found = match sealed(world, site, account)? {
        Some(found) => Some(found),
        None => match moved(world, site, account)? {
            Some(account) => sealed(world, site, &account)?,
            None => None,
        },
    };
    found.as_ref().map(Record::open).transpose()
}

fn sealed(world: &World, site: &Site, account: &Account) -> Result<Option<Secret>> {
    let name = Name::from_word(&account.storage).ok_or(Error::RecordUnreadable)?;
    world.storage(name, world.may_ask())?.get(&key(site, &account.name))
}

/// The account as the index knows it now, if it moved to another storage since `account` was read.
fn moved(world: &World, site: &Site, account: &Account) -> Result<Option<Account>> {
    let index = Index::read(&world.folder()?)?;
    let now = index.site(site).and_then(|entry| entry.account(&account.name));
    Ok(now.filter(|now| now.storage != account.storage).cloned())
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
    if let Err(error) = remove_former(world, site, &account, former.as_deref()) {
        world.warn(&format!("its older copy in the former storage could not be removed: {error}"));
    }
    Ok(())
}

fn remove_former(world: &World, site: &Site, account: &Account, former: Option<&str>) -> Result<()> {
    match former.filter(|former| *former != account.storage).and_then(Name::from_word) {
        Some(former) => world.storage(former, world.may_ask())?.delete(&key(site, &account.name)).map(drop),
        None => Ok(()),
    }
}

/// The same for a new record, wherever the settings want it, or where the account's last one was chosen to be; failing to
/// keep it is told, and is no failure.
pub fn keep_new(world: &World, site: &Site, product: Product, account: Account, record: &Record) -> Kept {
    let storage = match chosen_before(world, site, &account.name) {
        Ok(Some(storage)) => Ok(storage),
        Ok(None) => world.storage_for_new(site, world.may_ask()),
        Err(error) => Err(error),
    };
    let storage = match storage {
        Ok(Name::None) => return Kept::Nowhere,
        Ok(storage) => storage,
        Err(error) => return Kept::Failed(error),
    };
    match keep_in(world, storage, site, product, account, record) {
        Ok(()) => Kept::In(storage),
        Err(error) => Kept::Failed(error),
    }
}

/// Keeps a new record; where that fails for want of a keyring, a person chooses another storage, for this account from now on.
pub fn keep_or_choose(
    world: &World,
    asker: Option<&mut Asker>,
    site: &Site,
    product: Product,
    account: &Account,
    record: &Record,
) -> Result<Kept> {
    let kept = keep_new(world, site, product, account.clone(), record);
    let Kept::Failed(why) = &kept else { return Ok(kept) };
    let Some(asker) = asker.filter(|asker| asker.is_repeatable()) else { return Ok(kept) };
    Ok(match questions::which_storage(world, asker, why)? {
        None => kept,
        Some(Name::None) => Kept::Nowhere,
        Some(name) => match keep_in(world, name, site, product, account.clone(), record) {
            Ok(()) => Kept::In(name),
            Err(error) => Kept::Failed(error),
        },
    })
}

/// What a person chose at an earlier sign-in of this account, where no setting decides. The keyring is nobody's choice, and
/// is looked at anew.
fn chosen_before(world: &World, site: &Site, account: &str) -> Result<Option<Name>> {
    if world.chosen_storage(site)?.is_some() {
        return Ok(None);
    }
    let index = Index::read(&world.folder()?)?;
    let known = index.site(site).and_then(|entry| entry.account(account));
    Ok(known.and_then(|account| Name::from_word(&account.storage)).filter(|name| *name != Name::Keyring))
}

/// Writes a changed record back to where it came from, or where it has been moved since.
pub fn update(world: &World, site: &Site, product: Product, account: &Account, record: &Record) -> Result<()> {
    let account = moved(world, site, account)?.unwrap_or_else(|| account.clone());
    let storage = Name::from_word(&account.storage).ok_or(Error::RecordUnreadable)?;
    keep_in(world, storage, site, product, account, record)
}

/// A person signs out. Whoever is at work with the account comes first, since a refresh that ends later would bring it back.
pub fn sign_out(world: &World, site: &Site, account: &Account) -> Result<()> {
    let _turn = turns::take(world, site, &account.name, true)?;
    // while we waited, it may have moved
    let index = world.index()?;
    let now = index.site(site).and_then(|entry| entry.account(&account.name));
    forget(world, site, now.unwrap_or(account))
}

/// Removes an account's record, and all that the index says of it: it is wanted no more. The caller holds the account's turn.
pub fn forget(world: &World, site: &Site, account: &Account) -> Result<()> {
    remove_record(world, site, account)?;
    let left = Index::change(&world.folder()?, |index| {
        index.site_mut(site).forget(&account.name);
        index.tidy(site);
        Ok(index.site(site).is_some_and(|entry| !entry.accounts.is_empty()))
    })?;
    if left { Ok(()) } else { super::refused_secrets::forget(world, site) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::Kind;
    use crate::resolve::refused_secrets;

    #[test]
    fn the_index_says_of_an_account_what_the_record_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let (world, site) = (World::in_folder(folder.path()), Site::cloud());
        let mut record = Record::new(Kind::ApiToken, "alice", Secret::new("token"));
        (record.expires, record.rest_login) = (Some(1_795_608_000), Some("alice@acme.example".into()));
        let account = Account::new("alice", Kind::Password, "");
        keep_in(&world, Name::File, &site, Product::Cloud, account, &record).expect("kept");
        let index = world.index().expect("an index");
        let account = index.site(&site).and_then(|entry| entry.account("alice")).expect("an account");
        assert_eq!((account.kind, account.storage.as_str()), (Kind::ApiToken, "file"));
        assert_eq!((account.expires, &account.rest_login), (record.expires, &record.rest_login));
        assert!(open_record(&world, &site, account).expect("read").is_some_and(|kept| kept.secret == record.secret));
    }

    #[test]
    fn what_was_moved_meanwhile_is_changed_where_it_is_now() {
        let folder = tempfile::tempdir().expect("a folder");
        let (world, site) = (World::in_folder(folder.path()), Site::cloud());
        let mut record = Record::new(Kind::ApiToken, "alice", Secret::new("token"));
        let account = Account::new("alice", Kind::ApiToken, "file");
        keep_in(&world, Name::File, &site, Product::Cloud, account.clone(), &record).expect("kept");
        record.doubtful = true;
        let before_the_move = Account { storage: "cache".into(), ..account.clone() };
        update(&world, &site, Product::Cloud, &before_the_move, &record).expect("changed");
        let index = world.index().expect("an index");
        let now = index.site(&site).and_then(|entry| entry.account("alice")).expect("an account");
        assert_eq!(now.storage, "file");
        assert!(open_record(&world, &site, now).expect("read").is_some_and(|kept| kept.doubtful));
    }

    #[test]
    fn tokens_of_nobody_are_told_apart_by_a_number_unless_one_is_the_same_or_over() {
        for (kept, expires, refresh, name) in [
            ("another", None, None, "x-token-auth:2"),
            ("another", Some(u64::MAX), None, "x-token-auth:2"),
            ("another", Some(1), None, "x-token-auth"),
            ("another", Some(1), Some(Secret::new("refresh")), "x-token-auth:2"),
            ("token", None, None, "x-token-auth"),
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            let (world, site) = (World::in_folder(folder.path()), Site::cloud());
            let account = Account::new(ACCESS_TOKEN_USER, Kind::AccessToken, "");
            let mut record = Record::new(Kind::AccessToken, ACCESS_TOKEN_USER, Secret::new(kept));
            (record.expires, record.refresh) = (expires, refresh);
            keep_in(&world, Name::File, &site, Product::Cloud, account.clone(), &record).expect("kept");
            let new = Record::new(Kind::AccessToken, ACCESS_TOKEN_USER, Secret::new("token"));
            let found = told_apart(&world, &site, &new, account.clone()).expect("an account");
            assert_eq!(found.name, name, "{kept} {expires:?}");
            let bound = Account { bound: Some("acme".into()), name: "x-token-auth:acme".into(), ..account };
            assert_eq!(told_apart(&world, &site, &new, bound).expect("an account").name, "x-token-auth:acme");
            let person = Account::new("alice", Kind::ApiToken, "");
            assert_eq!(told_apart(&world, &site, &new, person).expect("an account").name, "alice");
        }
    }

    #[test]
    fn what_a_server_refused_is_forgotten_with_the_last_account_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let (world, product) = (World::in_folder(folder.path()), Product::DataCenter);
        let site = Site::parse("https://git.corp.example").expect("a site");
        let wrong = Record::new(Kind::Password, "alice", Secret::new("wrong"));
        let accounts = ["alice", "bob"].map(|name| {
            let account = Account::new(name, Kind::Password, "file");
            let record = Record::new(Kind::Password, name, Secret::new("right"));
            keep_in(&world, Name::File, &site, product, account.clone(), &record).expect("kept");
            account
        });
        refused_secrets::remember(&world, &site, product, &wrong);
        for (account, known) in accounts.iter().zip([true, false]) {
            forget(&world, &site, account).expect("forgotten");
            assert_eq!(refused_secrets::is_known(&world, &site, product, &wrong), known, "without {}", account.name);
        }
    }

    #[test]
    fn a_record_tells_of_its_account_all_that_the_index_knew() {
        let mut record = Record::new(Kind::ApiToken, "alice", Secret::new("token"));
        (record.expires, record.rest_login) = (Some(1_795_608_000), Some("alice@acme.example".into()));
        let account = recalled("alice", Name::Keyring, &record);
        assert_eq!(
            (account.name.as_str(), account.kind, account.storage.as_str()),
            ("alice", Kind::ApiToken, "keyring")
        );
        assert_eq!((account.expires, account.rest_login), (record.expires, record.rest_login));
        let record = Record::new(Kind::AccessToken, ACCESS_TOKEN_USER, Secret::new("token"));
        for (name, bound) in [("", None), (":2", None), (":acme", Some("acme")), (":acme/app", Some("acme/app"))] {
            let account = recalled(&format!("{ACCESS_TOKEN_USER}{name}"), Name::File, &record);
            assert_eq!(account.bound.as_deref(), bound, "{name}");
        }
    }
}
