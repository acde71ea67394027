//! What may stand next on a command line, a word and its meaning a line, for the shells' completions. From the definition of
//! the command line and the index; it opens no storage and asks nobody.

use super::CommandLine;
use crate::accounts::{Account, Entry, Index};
use crate::error::{Exit, Result, shown};
use crate::site::Site;
use crate::storage::Name;
use crate::world::World;
use clap::{Arg, Args, Command, CommandFactory};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate, complete};
use std::ffi::{OsStr, OsString};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The number of the word that is being typed; the program's own is 0
    number: usize,

    /// All words, up to that one
    #[arg(last = true)]
    words: Vec<OsString>,
}

/// A word, and what a person reads beside it.
type Word = (String, String);

pub fn run(world: &World, arguments: &Arguments) -> Result<Exit> {
    let (number, mut words) = (arguments.number, arguments.words.clone());
    // an empty word is lost on its way through some shells
    if number == words.len() {
        words.push(OsString::new());
    }
    let Some(word) = words.get(number).cloned() else { return Ok(Exit::Done) };
    // a list that cannot be read is no reason to break into what somebody types
    let known = Known::of(&world.index().unwrap_or_default(), &words[..number]);
    let mut line = known.completes(CommandLine::command()).mut_subcommands(|command| known.completes(command));
    let found = complete(&mut line, words, number, None).unwrap_or_default();
    let found = asked_for(&word, found);
    world.write(found.iter().map(as_line).collect::<String>().as_bytes()).map(|()| Exit::Done)
}

/// Options where a dash is typed already, or where nothing else can stand.
fn asked_for(word: &OsStr, mut found: Vec<CompletionCandidate>) -> Vec<CompletionCandidate> {
    found.retain(|found| !found.is_hide_set());
    let wants_options = word.to_string_lossy().starts_with('-') || found.iter().all(is_option);
    found.retain(|found| is_option(found) == wants_options);
    found
}

fn is_option(found: &CompletionCandidate) -> bool {
    found.get_value().to_string_lossy().starts_with('-')
}

fn as_line(found: &CompletionCandidate) -> String {
    let meaning = found.get_help().map(ToString::to_string).unwrap_or_default();
    format!("{}\t{}\n", found.get_value().to_string_lossy(), shown(meaning.lines().next().unwrap_or_default()))
}

/// What can be named on this machine.
struct Known {
    sites: Vec<Word>,
    names: Vec<Word>,
    places: Vec<Word>,
}

impl Known {
    /// Of the site that is typed already, or of all.
    fn of(index: &Index, typed: &[OsString]) -> Self {
        let all: Vec<(Site, &Entry)> = index.sites().collect();
        let is_typed = |site: &Site| typed.iter().any(|word| word.to_str().map(Site::parse) == Some(Ok(site.clone())));
        let some = all.iter().any(|(site, _)| is_typed(site));
        let entries = || all.iter().filter(|(site, _)| !some || is_typed(site)).map(|(_, entry)| *entry);
        let site = |(site, entry): &(Site, &Entry)| {
            let product = entry.product().unwrap_or(site.product_by_host());
            (site.short(), product.title().to_owned())
        };
        Self {
            sites: plain(all.iter().map(site)),
            names: plain(entries().flat_map(|entry| &entry.accounts).map(named)),
            places: plain(entries().flat_map(places)),
        }
    }

    /// The command with the words that each of its arguments can take.
    fn completes(&self, command: Command) -> Command {
        let name = command.get_name().to_owned();
        command.mut_args(|arg| self.completed(&name, arg))
    }

    fn completed(&self, command: &str, arg: Arg) -> Arg {
        let words = match (command, arg.get_id().as_str()) {
            // one word alone may be either there
            ("switch", "site") => [&self.sites[..], &self.names].concat(),
            (_, "site" | "sites") => self.sites.clone(),
            (_, "username") => self.names.clone(),
            (_, "place" | "places") => self.places.clone(),
            (_, "storage" | "from_storage" | "to") => storages(),
            _ => return arg,
        };
        let candidate = |(word, meaning): &Word| CompletionCandidate::new(word).help(Some(meaning.clone().into()));
        arg.add(ArgValueCandidates::new(move || words.iter().map(candidate).collect()))
    }
}

fn named(account: &Account) -> Word {
    (account.name.clone(), account.kind.title().to_owned())
}

/// What rules are written for, and what tokens are bound to.
fn places(entry: &Entry) -> impl Iterator<Item = Word> {
    let rules = entry.rules.iter().map(|(place, name)| (place.clone(), name.clone()));
    rules.chain(entry.accounts.iter().filter_map(|account| Some((account.bound.clone()?, account.name.clone()))))
}

fn storages() -> Vec<Word> {
    [Name::Keyring, Name::File, Name::Pass, Name::Cache, Name::None]
        .map(|name| (name.word().to_owned(), name.title().to_owned()))
        .into()
}

/// Those that no shell can take for anything but one word: names come from servers.
fn plain(words: impl Iterator<Item = Word>) -> Vec<Word> {
    let is_plain = |word: &str| {
        let harmless = |c: char| c.is_alphanumeric() || "@._-+:/~".contains(c);
        !word.is_empty() && !word.starts_with('-') && word.chars().all(harmless)
    };
    let mut words: Vec<Word> = words.filter(|(word, _)| is_plain(word)).collect();
    words.sort();
    words.dedup_by(|one, other| one.0 == other.0);
    words
}
