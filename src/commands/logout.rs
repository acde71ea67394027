//! `logout`: forgets an account, says what was removed and who is used now.

use super::accounts::storage;
use super::site_meant;
use crate::accounts::{Account, Choice, Entry};
use crate::credential::Kind;
use crate::error::{Error, Exit, Result, shown};
use crate::provider;
use crate::resolve::sign_out;
use crate::site::Site;
use crate::storage::Name;
use crate::world::World;
use clap::Args;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Which Bitbucket [default: the only one known, else bitbucket.org]
    site: Option<String>,

    /// Which account, where there are several
    #[arg(long, value_name = "NAME")]
    username: Option<String>,

    /// All accounts of the site
    #[arg(long, conflicts_with = "username")]
    all: bool,
}

pub fn run(world: &World, arguments: &Arguments) -> Result<Exit> {
    let site = site_meant(world, arguments.site.as_deref())?;
    let entry = entry(world, &site)?;
    for account in chosen(world, &site, &entry, arguments)? {
        sign_out(world, &site, &account)?;
        say_what_went(world, &site, &entry, &account);
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
    Ok(world.index()?.site(site).cloned().unwrap_or_default())
}

fn chosen(world: &World, site: &Site, entry: &Entry, arguments: &Arguments) -> Result<Vec<Account>> {
    match (&arguments.username, arguments.all, entry.accounts.as_slice()) {
        (Some(username), ..) => named(site, entry, username),
        (None, _, []) => Err(Error::SignInNeeded { site: site.short(), account: None }),
        (None, true, all) => Ok(all.to_vec()),
        (None, false, [only]) => Ok(vec![only.clone()]),
        (None, false, several) => asked(world, site, several),
    }
}

/// Somebody whose token died is not in the list any more, but may still be in rules.
fn named(site: &Site, entry: &Entry, username: &str) -> Result<Vec<Account>> {
    let unknown = || Error::UnknownAccount { site: site.short(), account: shown(username), known: entry.names() };
    let is_chosen = entry.rules.values().chain(&entry.active).any(|name| name.eq_ignore_ascii_case(username));
    let gone = is_chosen.then(|| Account::new(username, Kind::Oauth, Name::None.word()));
    entry.account(username).cloned().or(gone).map(|account| vec![account]).ok_or_else(unknown)
}

fn asked(world: &World, site: &Site, several: &[Account]) -> Result<Vec<Account>> {
    let names: Vec<String> = several.iter().map(|account| shown(&account.name)).collect();
    let unclear = || Error::Usage(format!("which one? `--username` {}, or `--all`", names.join(" | ")));
    let mut asker = world.asker().ok_or_else(unclear)?;
    let chosen = asker.choose(&format!("Which account at {site}"), &names)?;
    chosen.and_then(|chosen| several.get(chosen).cloned()).map(|account| vec![account]).ok_or(Error::Cancelled)
}

fn say_what_went(world: &World, site: &Site, entry: &Entry, account: &Account) {
    let (name, at) = (shown(&account.name), site.short());
    match entry.account(&account.name) {
        Some(_) => world.say(&format!("Forgot {name} at {at} ({}, from {}).", account.kind.title(), storage(account))),
        None => world.say(&format!("Forgot what was chosen for {name} at {at}.")),
    }
    let rules = entry.rules.iter().filter(|(_, bound)| account.is_called(bound));
    rules.for_each(|(place, _)| world.say(&format!("Forgot the rule for {}.", shown(place))));
    if let Some(rest) = what_remains(site, entry, account) {
        world.say(&rest);
    }
}

fn say_who_is_left(world: &World, site: &Site) -> Result<Exit> {
    let entry = entry(world, site)?;
    let (at, names) = (site.short(), entry.names().iter().map(|name| shown(name)).collect::<Vec<_>>().join(", "));
    world.say(&match entry.by_default() {
        Choice::One { name, .. } => format!("{} is used at {at} now.", shown(&name)),
        _ if names.is_empty() => format!("Nobody is signed in to {at} now."),
        Choice::Several { .. } => {
            format!("Still signed in to {at}: {names}. To choose one: `git credential-bitbucket switch {at}`")
        }
        _ => format!("Still signed in to {at}: {names}."),
    });
    Ok(Exit::Done)
}
