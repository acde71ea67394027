//! `logout`: forgets an account, says what was removed and who is used now.

use super::site_or_cloud;
use crate::accounts::{Account, Entry, Index};
use crate::credential::Kind;
use crate::error::{Error, Exit, Result, shown};
use crate::provider;
use crate::resolve::forget;
use crate::site::Site;
use crate::world::World;
use clap::Args;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Which Bitbucket [default: bitbucket.org]
    site: Option<String>,

    /// Which account, where there are several
    #[arg(long, value_name = "NAME")]
    username: Option<String>,

    /// All accounts of the site
    #[arg(long, conflicts_with = "username")]
    all: bool,
}

pub fn run(world: &World, arguments: &Arguments) -> Result<Exit> {
    let site = site_or_cloud(arguments.site.as_deref())?;
    let entry = entry(world, &site)?;
    for account in chosen(&site, &entry, arguments)? {
        forget(world, &site, account)?;
        world.say(&format!("Forgot {} at {} ({}).", shown(&account.name), site.short(), account.kind.title()));
        if let Some(rest) = what_remains(&site, &entry, account) {
            world.say(&rest);
        }
    }
    say_who_is_left(world, &site)
}

/// Neither product lets a program take back what a person made or granted, so the person is told where.
fn what_remains(site: &Site, entry: &Entry, account: &Account) -> Option<String> {
    let product = entry.product().unwrap_or(site.product_by_host());
    match account.kind {
        Kind::Oauth => Some(format!(
            "The server knows no way to end the grant itself from here: {}",
            provider::of(product).grants_page(site)
        )),
        kind if kind.is_made_by_hand() => {
            Some("The token itself still works until it is revoked where it was made.".into())
        }
        _ => None,
    }
}

fn entry(world: &World, site: &Site) -> Result<Entry> {
    Ok(Index::read(&world.folder()?)?.site(site).cloned().unwrap_or_default())
}

fn chosen<'a>(site: &Site, entry: &'a Entry, arguments: &Arguments) -> Result<Vec<&'a Account>> {
    let name = || site.short();
    match (&arguments.username, arguments.all, entry.accounts.as_slice()) {
        (Some(username), ..) => entry
            .account(username)
            .map(|account| vec![account])
            .ok_or_else(|| Error::UnknownAccount { site: name(), account: shown(username), known: entry.names() }),
        (None, _, []) => Err(Error::SignInNeeded { site: name(), account: None }),
        (None, true, all) => Ok(all.iter().collect()),
        (None, false, [only]) => Ok(vec![only]),
        (None, false, _) => {
            Err(Error::Usage(format!("which one? `--username` {}, or `--all`", entry.names().join(" | "))))
        }
    }
}

fn say_who_is_left(world: &World, site: &Site) -> Result<Exit> {
    let names = entry(world, site)?.names();
    let (site, names) = (site.short(), names.iter().map(|name| shown(name)).collect::<Vec<_>>());
    match names.as_slice() {
        [] => world.say(&format!("Nobody is signed in to {site} now.")),
        [only] => world.say(&format!("{only} is used at {site} now.")),
        several => world.say(&format!("Still signed in to {site}: {}.", several.join(", "))),
    }
    Ok(Exit::Done)
}
