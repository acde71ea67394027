//! `switch`: a person chooses who is used at a site, for a workspace or project, or in this repository.

use super::site_meant;
use crate::accounts::{Choice, Entry, Index, Wanted, typed_place};
use crate::config::{GitFile, remote};
use crate::error::{Error, Exit, Result, shown};
use crate::resolve::preview;
use crate::site::Site;
use crate::world::World;
use clap::Args;

/// Choose who is used: at a site, for a workspace or project, or in this repository
///
/// Between two accounts it changes from one to the other; of more it asks which.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Which Bitbucket [default: this repository's with --here, else the only one known, else bitbucket.org]
    site: Option<String>,

    /// The account to use
    username: Option<String>,

    /// Only for this workspace, project or repository, like acme or acme/app
    #[arg(long = "for", value_name = "PLACE", conflicts_with = "here")]
    place: Option<String>,

    /// Only in this repository (kept in its own git config)
    #[arg(long)]
    here: bool,

    /// Forget what was chosen with --for or --here
    #[arg(long, conflicts_with = "username")]
    forget: bool,
}

const EXAMPLES: &str = "\
Examples:
  git credential-bitbucket switch                      the other of two accounts
  git credential-bitbucket switch bob --for acme       bob for everything under acme
  git credential-bitbucket switch --for '~alice' alice her personal space at a Data Center
  git credential-bitbucket switch bob --here           bob in this repository
  git credential-bitbucket switch --for acme --forget  no rule for acme any more";

/// Where a choice holds.
enum Scope {
    Site,
    Place(String),
    Here,
}

pub fn run(world: &World, arguments: &Arguments) -> Result<Exit> {
    let (site, username) = understood(world, arguments)?;
    let scope = match &arguments.place {
        Some(place) => Scope::Place(typed_place(&site, place)?),
        None if arguments.here => Scope::Here,
        None => Scope::Site,
    };
    if arguments.forget {
        return forget(world, &site, &scope);
    }
    let entry = world.index()?.site(&site).cloned().unwrap_or_default();
    let name = match username {
        Some(username) => named(&site, &entry, &username)?,
        None => other(world, &site, &entry, &scope)?,
    };
    choose(world, &site, &scope, &name)
}

/// One word alone is an account if there is one of that name, and else a site if it can be one.
fn understood(world: &World, arguments: &Arguments) -> Result<(Site, Option<String>)> {
    let (first, second) = (arguments.site.as_deref(), arguments.username.clone());
    let implied = || match repository_site(world)?.filter(|_| arguments.here) {
        Some(site) => Ok(site),
        None => site_meant(world, None),
    };
    let Some(word) = first.filter(|_| second.is_none()) else {
        return Ok((first.map_or_else(implied, Site::parse)?, second));
    };
    let index = world.index()?;
    let site = implied()?;
    let is_account = index.site(&site).is_some_and(|entry| entry.account(word).is_some());
    let as_site = Site::parse(word).ok().filter(|site| word.contains(['.', ':', '/']) || index.site(site).is_some());
    match as_site {
        Some(typed) if !is_account => Ok((typed, None)),
        _ => Ok((site, Some(word.to_owned()))),
    }
}

fn repository_site(world: &World) -> Result<Option<Site>> {
    let Some(remote) = remote(&world.environment)? else { return Ok(None) };
    Ok(preview(world, &remote.url).ok().flatten().map(|preview| preview.site))
}

fn named(site: &Site, entry: &Entry, username: &str) -> Result<String> {
    let known = entry.account(username).map(|account| account.name.clone());
    known.ok_or_else(|| Error::UnknownAccount { site: site.short(), account: shown(username), known: entry.names() })
}

/// The other of two, or whom a person picks of several.
fn other(world: &World, site: &Site, entry: &Entry, scope: &Scope) -> Result<String> {
    let names = candidates(entry, scope);
    let now = used_now(world, site, entry, scope)?;
    match (names.as_slice(), now) {
        ([], _) => Err(Error::SignInNeeded { site: site.short(), account: None }),
        ([only], _) => Ok(only.clone()),
        ([one, two], Some(now)) if *one == now || *two == now => Ok(if *one == now { two } else { one }.clone()),
        (several, _) => asked(world, site, several),
    }
}

/// A token of one place answers there and nowhere else, unless somebody binds it.
fn candidates(entry: &Entry, scope: &Scope) -> Vec<String> {
    match scope {
        Scope::Site => entry.free().map(|account| account.name.clone()).collect(),
        Scope::Place(_) | Scope::Here => entry.names(),
    }
}

fn used_now(world: &World, site: &Site, entry: &Entry, scope: &Scope) -> Result<Option<String>> {
    let choice = match scope {
        Scope::Site => entry.by_default(),
        Scope::Place(place) => entry.choose(Wanted { place: Some(place), ..Wanted::default() })?,
        Scope::Here => {
            let here = world.settings()?.account(site, None, true);
            entry.choose(Wanted { here, ..Wanted::default() })?
        }
    };
    Ok(match choice {
        Choice::One { name, .. } => Some(name),
        _ => None,
    })
}

fn asked(world: &World, site: &Site, names: &[String]) -> Result<String> {
    let ambiguous = Error::Ambiguous { site: site.short(), accounts: names.iter().map(|name| shown(name)).collect() };
    let mut asker = world.asker().ok_or(ambiguous)?;
    let shown_names: Vec<String> = names.iter().map(|name| shown(name)).collect();
    let chosen = asker.choose(&format!("Which account at {site}"), &shown_names)?;
    chosen.and_then(|chosen| names.get(chosen).cloned()).ok_or(Error::Cancelled)
}

fn choose(world: &World, site: &Site, scope: &Scope, name: &str) -> Result<Exit> {
    let (at, who) = (site.short(), shown(name));
    match scope {
        Scope::Site => {
            let rules = change(world, site, |entry| {
                entry.active = Some(name.to_owned());
                entry.rules.clone()
            })?;
            world.say(&format!("{who} is used at {at} now."));
            let others = rules.iter().filter(|(_, bound)| *bound != name);
            others.for_each(|(place, bound)| world.say(&format!("But for {}: {}.", shown(place), shown(bound))));
        }
        Scope::Place(place) => {
            change(world, site, |entry| entry.bind(place, name))?;
            world.say(&format!("{who} is used at {at} for everything under {} now.", shown(place)));
            tell_of_the_path(world, site)?;
        }
        Scope::Here => {
            GitFile::Local.set(&world.environment, &here_key(site), name)?;
            world.say(&format!("{who} is used at {at} in this repository now."));
        }
    }
    Ok(Exit::Done)
}

/// A rule is blind as long as Git keeps the path to itself.
fn tell_of_the_path(world: &World, site: &Site) -> Result<()> {
    if !world.settings()?.sends_path(&site.to_string()) {
        world.say("Git does not tell helpers the path yet, which rules look at.");
        world.say("hint: `git credential-bitbucket configure` sets that");
    }
    Ok(())
}

fn forget(world: &World, site: &Site, scope: &Scope) -> Result<Exit> {
    let forgotten = match scope {
        Scope::Site => return Err(Error::Usage("forget what? add `--for PLACE` or `--here`".into())),
        Scope::Place(place) => change(world, site, |entry| entry.unbind(place))?.is_some(),
        Scope::Here => GitFile::Local.unset(&world.environment, &here_key(site))?,
    };
    world.say(if forgotten { "Forgotten." } else { "There was nothing to forget." });
    Ok(Exit::Done)
}

fn change<T>(world: &World, site: &Site, change: impl FnOnce(&mut Entry) -> T) -> Result<T> {
    Index::change(&world.folder()?, |index| {
        let changed = change(index.site_mut(site));
        index.tidy(site);
        Ok(changed)
    })
}

fn here_key(site: &Site) -> String {
    format!("bitbucket.{site}.account")
}
