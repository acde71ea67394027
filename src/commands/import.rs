//! `import`: takes over what other helpers keep, or moves what is ours from one storage to another. Nothing is removed that is
//! not ours by then, and nothing of other helpers' without being told to.

use super::moving;
use crate::config::is_ours;
use crate::error::{Error, Exit, Result, shown};
use crate::foreign::Source;
use crate::prompt::Asker;
use crate::resolve::takeover::{ClientOffer, Offer, Taken, clients, gather, judge, named, remove, take};
use crate::site::Site;
use crate::world::World;
use clap::{Args, ValueEnum};
use std::collections::BTreeSet;

/// Take over sign-ins from another helper, or move ours to another storage
///
/// From another helper: shows what it keeps for Bitbucket, asks each server once whether it still works, takes what does
/// (or could not be checked), and leaves the other helper's copy alone unless you say otherwise. Hosts are looked at if they
/// are bitbucket.org or a Data Center that is set up here; name any other by SITE. Dead app passwords are named and never sent.
/// A browser sign-in is renewed on the way, which ends the other helper's copy of it. Keyrings of others are read on Linux only.
///
/// Between our storages: nobody signs in again, and the old copy goes when the new one has been read back.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("source").required(true).args(["from", "from_storage"])))]
pub struct Arguments {
    /// Only this Bitbucket, known here or not
    #[arg(conflicts_with = "from_storage")]
    site: Option<String>,

    /// Which helper: Git Credential Manager, git-credential-libsecret, `git credential-store`, or ~/.netrc
    #[arg(long, value_name = "HELPER")]
    from: Option<From>,

    /// Move our own sign-ins out of this storage
    #[arg(long, value_name = "STORAGE", requires = "to")]
    from_storage: Option<String>,

    /// Move them into this storage
    #[arg(long, value_name = "STORAGE", requires = "from_storage")]
    to: Option<String>,

    /// Only show what would be done
    #[arg(long)]
    dry_run: bool,

    /// Take everything that can be taken, without asking
    #[arg(long)]
    yes: bool,

    /// Remove from the other helper what was taken over
    #[arg(long, conflicts_with_all = ["dry_run", "from_storage"])]
    remove: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum From {
    Gcm,
    Libsecret,
    Store,
    Netrc,
}

impl From {
    fn source(self) -> Source {
        match self {
            Self::Gcm => Source::Gcm,
            Self::Libsecret => Source::Libsecret,
            Self::Store => Source::Store,
            Self::Netrc => Source::Netrc,
        }
    }
}

pub fn run(world: &World, arguments: &Arguments) -> Result<Exit> {
    match (arguments.from, &arguments.from_storage, &arguments.to) {
        (Some(from), ..) => from_others(world, arguments, from.source()),
        (None, Some(from), Some(to)) => moving::run(world, from, to, arguments.dry_run),
        _ => Err(Error::Usage("add `--from HELPER`, or `--from-storage STORAGE --to STORAGE`".into())),
    }
}

fn from_others(world: &World, arguments: &Arguments, source: Source) -> Result<Exit> {
    let typed = arguments.site.as_deref().map(Site::parse).transpose()?;
    let only = typed.map(|site| named(world, &site)).transpose()?;
    let gathered = gather(world, source, only.as_ref())?;
    let clients = match source {
        Source::Gcm => clients(world, only.as_ref(), &gathered.piles)?,
        _ => Vec::new(),
    };
    let offers = judge(world, gathered.piles)?;
    show(world, &offers, &clients)?;
    gathered.troubles.iter().for_each(|trouble| complain(world, trouble));
    for stranger in &gathered.strangers {
        world.say(&format!("Left alone: {}. If it is a Bitbucket, add its address to the command.", shown(stranger)));
    }
    let all = arguments.dry_run || taken_over(world, arguments, &offers, &clients)?;
    Ok(if all && gathered.troubles.is_empty() { Exit::Done } else { Exit::Failed })
}

/// The usual advice for a missing keyring is about where to keep ours.
fn complain(world: &World, trouble: &Error) {
    match trouble {
        Error::KeyringAbsent => world.warn(&trouble.to_string()),
        trouble => world.report(trouble),
    }
}

fn show(world: &World, offers: &[Offer], clients: &[ClientOffer]) -> Result<()> {
    let line = |offer: &Offer| {
        let (name, site) = (shown(&offer.account.name), offer.pile.site.short());
        let places: Vec<String> = offer.places().into_iter().map(shown).collect();
        format!("{site}  {name}  {}, in {}: {}\n", offer.title(), places.join(" and "), offer.words())
    };
    let client =
        |offer: &ClientOffer| format!("{}  OAuth client {}, in git config\n", offer.site.short(), shown(offer.id()));
    let text: String = offers.iter().map(line).chain(clients.iter().map(client)).collect();
    world.write(text.as_bytes())?;
    if text.is_empty() {
        world.say("Nothing for Bitbucket was found there.");
    }
    let mut hints: Vec<String> = offers.iter().filter_map(|offer| offer.trouble()?.hint()).collect();
    hints.dedup();
    hints.iter().for_each(|hint| world.say(&format!("hint: {hint}")));
    Ok(())
}

/// Whether everything that was to be taken is ours.
fn taken_over(world: &World, arguments: &Arguments, offers: &[Offer], clients: &[ClientOffer]) -> Result<bool> {
    let wanted: Vec<&Offer> = offers.iter().filter(|offer| offer.is_wanted()).collect();
    let mut asker = world.asker();
    let count = wanted.len() + clients.len();
    if count > 0 && !arguments.yes && !agreed(asker.as_mut(), count)? {
        world.say("Nothing was changed.");
        return Ok(true);
    }
    let mut all = clients.iter().filter(|client| !set_up(world, client)).count() == 0;
    let mut ours: Vec<&Offer> = offers.iter().filter(|offer| offer.is_here()).collect();
    for offer in wanted {
        let outcome = take(world, asker.as_mut(), offer);
        all &= outcome.as_ref().is_ok_and(Taken::is_ours);
        if outcome.as_ref().is_ok_and(Taken::is_ours) {
            ours.push(offer);
        }
        tell(world, offer, outcome);
    }
    if !ours.is_empty() {
        all &= removed(world, arguments, asker.as_mut(), &ours)?;
        hint_at_configure(world, &ours)?;
    }
    Ok(all)
}

fn set_up(world: &World, client: &ClientOffer) -> bool {
    let done = client.take(world);
    let is_ours = said(world, done.map(|()| format!("The OAuth client of {} is set up here.", client.site.short())));
    if is_ours && client.has_secret() {
        // without the values, which a terminal should not show
        let command = "git config --show-origin --name-only --get-regexp oauthclientsecret";
        world.say(&format!("hint: the other helper's copy of its secret lies where `{command}` says"));
    }
    is_ours
}

fn hint_at_configure(world: &World, ours: &[&Offer]) -> Result<()> {
    let settings = world.settings()?;
    let asks_us =
        |offer: &Offer| settings.helpers(&offer.pile.site.to_string()).iter().any(|entry| is_ours(&entry.value));
    if !ours.iter().all(|offer| asks_us(offer)) {
        world.say("hint: let Git ask us for them, and nobody else: `git credential-bitbucket configure`");
    }
    Ok(())
}

fn agreed(asker: Option<&mut Asker>, count: usize) -> Result<bool> {
    let them = if count == 1 { "it".to_owned() } else { format!("these {count}") };
    match asker {
        Some(asker) => Ok(asker.confirm(&format!("Take {them} over?"), true)?.unwrap_or(false)),
        None => Err(Error::Usage("nobody is there to agree: add `--yes`, or `--dry-run` to look only".into())),
    }
}

fn said(world: &World, outcome: Result<String>) -> bool {
    match &outcome {
        Ok(line) => world.say(line),
        Err(error) => world.report(error),
    }
    outcome.is_ok()
}

fn tell(world: &World, offer: &Offer, outcome: Result<Taken>) {
    let (site, kind) = (offer.pile.site.short(), offer.title());
    let kept = |name: &str, storage: &str| format!("Took over {} at {site} ({kind}); kept in {storage}.", shown(name));
    match outcome {
        Ok(Taken::As(name, storage)) => world.say(&kept(&name, storage.title())),
        Ok(Taken::Unproven(name, storage, why)) => {
            world.say(&kept(&name, storage.title()));
            world.warn(&format!("it is not renewed yet: {why}; the next use will try again"));
        }
        Ok(Taken::Occupied) => {
            world.say(&format!("Left alone: {} is signed in to {site} here already.", shown(&offer.account.name)));
        }
        Ok(Taken::Not(why)) | Err(why) => {
            world.say(&format!("Not taken over: {} at {site} ({kind}).", shown(&offer.account.name)));
            world.report(&why);
        }
    }
}

fn removed(world: &World, arguments: &Arguments, asker: Option<&mut Asker>, ours: &[&Offer]) -> Result<bool> {
    let places: BTreeSet<String> = ours.iter().flat_map(|offer| offer.places()).map(shown).collect();
    let question = format!("Remove what is ours now from {}?", Vec::from_iter(places).join(", "));
    let wanted = match asker.filter(|_| !arguments.yes && !arguments.remove) {
        Some(asker) => asker.confirm(&question, false)?.unwrap_or(false),
        None => arguments.remove,
    };
    if !wanted {
        return Ok(true);
    }
    let mut all = true;
    for offer in ours {
        let line = format!("Removed {} at {} there.", shown(&offer.account.name), offer.pile.site.short());
        all &= said(world, remove(offer).map(|()| line));
    }
    Ok(all)
}
