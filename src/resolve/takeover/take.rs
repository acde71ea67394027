//! The takeover of one sign-in: kept, read back, and for the browser's renewed, so that from then on ours is the live one.

use super::super::attempt::{ask_server, owned_by};
use super::super::clients::app_of;
use super::super::records::{Kept, discard, forget, keep_in, keep_or_choose, open_record, told_apart};
use super::super::refresh::refreshed_by;
use super::super::turns;
use super::judge::{is_occupied, order};
use super::{Offer, Outlook};
use crate::accounts::{Account, Entry, Index};
use crate::config::GcmClient;
use crate::credential::{Kind, Record};
use crate::error::{Error, Result};
use crate::prompt::Asker;
use crate::provider::{Verdict, refusal_of};
use crate::storage::Name;
use crate::world::World;

/// What became of an offer.
pub enum Taken {
    /// It is ours: under this name, in this storage.
    As(String, Name),
    /// The same, though its server could not be asked to renew it.
    Unproven(String, Name, Error),
    /// Nothing changed, for this reason.
    Not(Error),
    /// Nothing changed, because meanwhile somebody signed in under that name.
    Occupied,
}

/// Takes one over. Whatever fails, the other helper's copy is as it was; and so is ours, if there is one.
pub fn take(world: &World, asker: Option<&mut Asker>, offer: &Offer) -> Result<Taken> {
    let (site, mut record) = (&offer.pile.site, offer.record.clone());
    let account = told_apart(world, site, &record, offer.account.clone())?;
    let _turn = turns::take(world, site, &account.name, true)?;
    if is_occupied(&offer.outlook, &entry(world, offer)?, &account) {
        return Ok(Taken::Occupied);
    }
    record.mark = world.new_mark();
    if let Outlook::Renewable(client) = &offer.outlook {
        record.client = Some(client.settings.client.clone());
        // whoever meets it before it is renewed has to renew it
        record.expires = Some(world.now());
    }
    let storage = match keep_or_choose(world, asker, site, offer.pile.product, &account, &record)? {
        Kept::In(storage) => storage,
        Kept::Nowhere => return Ok(Taken::Not(Error::NotStored { storage: Name::None.word() })),
        Kept::Failed(why) => return Ok(Taken::Not(why)),
    };
    let kept = Account { storage: storage.word().into(), ..account };
    if !reads_back(world, offer, &kept, &record)? {
        return Ok(Taken::Not(Error::NotStored { storage: storage.word() }));
    }
    match &offer.outlook {
        Outlook::Renewable(client) => renewed(world, offer, client, kept, &record, storage),
        _ => Ok(Taken::As(kept.name, storage)),
    }
}

impl Taken {
    /// Whether it is ours from now on.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::As(..) | Self::Unproven(..))
    }
}

fn entry(world: &World, offer: &Offer) -> Result<Entry> {
    Ok(Index::read(&world.folder()?)?.site(&offer.pile.site).cloned().unwrap_or_default())
}

fn reads_back(world: &World, offer: &Offer, account: &Account, record: &Record) -> Result<bool> {
    let found = open_record(world, &offer.pile.site, account)?;
    Ok(found.is_some_and(|found| found.secret == record.secret && found.refresh == record.refresh))
}

/// The refresh token is spent on a new pair, which is ours alone; only the server's clear word makes us forget it again.
fn renewed(
    world: &World,
    offer: &Offer,
    client: &GcmClient,
    account: Account,
    record: &Record,
    storage: Name,
) -> Result<Taken> {
    let (site, product) = (&offer.pile.site, offer.pile.product);
    let app = app_of(site, product, client.settings.clone(), client.secret.clone(), false);
    let _spinner = world.spinner(&format!("asking {}", site.short()));
    match refreshed_by(world, &app, site, product, &account, record) {
        Ok(Some(fresh)) => Ok(Taken::As(named(world, offer, account, fresh, storage)?, storage)),
        Ok(None) => {
            discard(world, site, &account)?;
            Ok(Taken::Not(Error::Refused { site: site.short(), about: refusal_of(Kind::Oauth) }))
        }
        Err(why) => Ok(Taken::Unproven(account.name, storage, why)),
    }
}

/// The server's name for whoever it is takes the place of the other helper's, unless somebody has that name here.
fn named(world: &World, offer: &Offer, account: Account, mut record: Record, storage: Name) -> Result<String> {
    let order = order(world, &offer.pile);
    let Ok(Verdict::Good { username, scopes }) = ask_server(&order, &record) else { return Ok(account.name) };
    let name = owned_by(&order, &mut record, username, scopes)?;
    let free = entry(world, offer)?.account(&name).is_none();
    let storage = Some(storage).filter(|_| free || account.is_called(&name));
    let Some(storage) = storage else { return Ok(account.name) };
    let renamed = Account { name: name.clone(), ..account.clone() };
    keep_in(world, storage, &offer.pile.site, offer.pile.product, renamed, &record)?;
    if !account.is_called(&name) {
        forget(world, &offer.pile.site, &account)?;
    }
    Ok(name)
}

/// Removes what the other helper kept; the first failure ends it.
pub fn remove(offer: &Offer) -> Result<()> {
    offer.pile.finds.iter().try_for_each(|find| find.remove())
}
