//! `status`: is it well? For each account what is kept and what the server says of it; ends in an action where one is due.

use super::accounts::{in_words, storage};
use crate::accounts::{Account, Entry, Index};
use crate::credential::Record;
use crate::error::{Error, Exit, Result, shown};
use crate::provider::{self, Check, Verdict};
use crate::resolve::open_record;
use crate::site::{Product, Site};
use crate::world::World;
use clap::Args;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Only this Bitbucket
    site: Option<String>,

    /// Do not ask the server
    #[arg(long)]
    offline: bool,
}

/// What is wrong with an account, or nothing.
type Complaint = Option<Error>;

pub fn run(world: &World, arguments: &Arguments) -> Result<Exit> {
    let only = arguments.site.as_deref().map(Site::parse).transpose()?;
    let index = Index::read(&world.folder()?)?;
    let mut complaints = Vec::new();
    let mut seen = 0;
    for (site, entry) in index.sites().filter(|(site, _)| only.as_ref().is_none_or(|only| only == site)) {
        world.write(format!("{}\n", site.short()).as_bytes())?;
        for account in &entry.accounts {
            seen += 1;
            complaints.extend(report(world, &site, entry, account, arguments.offline)?);
        }
    }
    if seen == 0 {
        let needed = |site: Site| Error::SignInNeeded { site: site.short(), account: None };
        return Err(only.map_or(Error::NobodySignedIn, needed));
    }
    match complaints.into_iter().next() {
        Some(complaint) => Err(complaint),
        None => Ok(Exit::Done),
    }
}

fn report(world: &World, site: &Site, entry: &Entry, account: &Account, offline: bool) -> Result<Complaint> {
    let (state, complaint) = match open_record(world, site, account) {
        Err(error) => (error.to_string(), Some(error)),
        Ok(None) => ("gone from its storage".into(), Some(sign_in(site, account))),
        Ok(Some(record)) => judged(world, site, entry, account, &record, offline)?,
    };
    let name = shown(&account.name);
    let line = format!("  {name}: {}, in {}; {state}\n", account.kind.title(), storage(account));
    world.write(line.as_bytes()).map(|()| complaint)
}

fn judged(
    world: &World,
    site: &Site,
    entry: &Entry,
    account: &Account,
    record: &Record,
    offline: bool,
) -> Result<(String, Complaint)> {
    let expiry = record.expires.map(|end| in_words(end, world.now()));
    let over = record.expires.is_some_and(|end| end <= world.now()) && record.refresh.is_none();
    if over {
        return Ok((expiry.unwrap_or_default(), Some(sign_in(site, account))));
    }
    let expiry = expiry.map(|words| format!(", {words}")).unwrap_or_default();
    if offline {
        let doubt = if record.doubtful { "to be checked at the next use" } else { "ready" };
        return Ok((format!("{doubt}{expiry}"), None));
    }
    let (word, complaint) = server_says(world, site, entry, account, record)?;
    Ok((format!("{word}{expiry}"), complaint))
}

fn server_says(
    world: &World,
    site: &Site,
    entry: &Entry,
    account: &Account,
    record: &Record,
) -> Result<(String, Complaint)> {
    let http = world.http(site)?;
    let by_host = if site.is_cloud() { Product::Cloud } else { Product::DataCenter };
    let provider = provider::of(entry.product().unwrap_or(by_host));
    let limit = world.limit(site, false)?;
    let verdict = provider.check(&Check { http: &http, site, record, place: account.bound.as_deref(), limit });
    Ok(match verdict {
        Err(stop) => (stop.to_string(), Some(stop)),
        Ok(Verdict::Good { username, .. }) => (format!("accepted as {}", shown(&username)), None),
        Ok(Verdict::Nameless { .. }) => ("accepted".into(), None),
        Ok(Verdict::Refused(about)) => {
            ("refused by the server".into(), Some(Error::Refused { site: site.short(), about }))
        }
        Ok(Verdict::Unknown(why)) => (format!("not checked ({why})"), None),
    })
}

fn sign_in(site: &Site, account: &Account) -> Error {
    Error::SignInNeeded { site: site.short(), account: Some(shown(&account.name)) }
}
