//! One question at a time: whoever wants to ask or to refresh takes the account's turn, and what was answered or called
//! off is not asked again by the same command.

use super::notes::{self, Note};
use crate::callers::group;
use crate::error::{Error, Result, shown};
use crate::files::Lock;
use crate::site::Site;
use crate::storage::Key;
use crate::world::World;
use std::time::Duration;

/// How long others wait for a person to finish signing in.
const WITH_PERSON: Duration = Duration::from_secs(600);
/// How long they wait where nobody is there to ask anyway.
const ALONE: Duration = Duration::from_secs(60);
/// Seconds for which an answered question stays unasked.
const ANSWER_LASTS: u64 = 300;

/// Waits for the turn of an account (`""`: of the site itself). Read again after it: what was true before may have changed.
pub fn take(world: &World, site: &Site, account: &str, person: bool) -> Result<Lock> {
    let key = Key { site: site.to_string(), account: account.to_lowercase() };
    let _sign = world.spinner(&match account {
        "" => Error::Busy { site: site.short() }.to_string(),
        account => format!("another git command is busy with {} at {}", shown(account), site.short()),
    });
    let limit = patience(person && world.may_ask());
    Lock::take(&world.folder()?.join("locks"), &key.file_name(), limit)?.ok_or(Error::Busy { site: site.short() })
}

/// Whoever may be asked waits as long as somebody else may take to answer.
fn patience(person: bool) -> Duration {
    if person { WITH_PERSON } else { ALONE }
}

/// Remembers that the person said no to the running command.
pub fn remember_cancel(world: &World, site: &Site) {
    note(world, site, "", Note::Cancelled, "");
}

/// Whether the person said no to this very command a short while ago.
pub fn was_cancelled(world: &World, site: &Site) -> bool {
    noted(world, site, "", Note::Cancelled).is_some()
}

/// Remembers whom the person chose for a workspace or project (`""` where none is known), as long as the command runs.
pub fn remember_choice(world: &World, site: &Site, project: &str, name: &str) {
    note(world, site, project, Note::Chosen, name);
}

/// Whom the person chose when this very command asked a short while ago.
pub fn chosen(world: &World, site: &Site, project: &str) -> Option<String> {
    noted(world, site, project, Note::Chosen)
}

fn note(world: &World, site: &Site, project: &str, about: Note, text: &str) {
    if let Some(command) = running_command() {
        notes::write(world, site, project, about, &format!("{} {command} {text}", world.now()));
    }
}

fn noted(world: &World, site: &Site, project: &str, about: Note) -> Option<String> {
    let text = notes::read(world, site, project, about)?;
    let (time, rest) = text.split_once(' ')?;
    let (command, text) = rest.split_once(' ')?;
    let recent = time.parse::<u64>().is_ok_and(|time| time + ANSWER_LASTS > world.now());
    (recent && running_command()? == command).then(|| text.to_owned())
}

/// A shell gives each command line a process group of its own, and all its git processes share it.
fn running_command() -> Option<String> {
    group().map(|group| group.to_string())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_where_a_person_can_be_asked_is_a_person_waited_for() {
        assert_eq!((patience(true), patience(false)), (WITH_PERSON, ALONE));
    }

    #[test]
    fn an_answer_holds_for_five_minutes_of_the_command_that_it_was_given_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let (world, site) = (World::in_folder(folder.path()), Site::cloud());
        remember_choice(&world, &site, "acme", "alice");
        assert_eq!(chosen(&world, &site, "acme").as_deref(), Some("alice"));
        assert_eq!(chosen(&world, &site, "beta"), None);
        let (now, command) = (world.now(), running_command().expect("a command"));
        let noted_as = |note: String| {
            notes::write(&world, &site, "acme", Note::Chosen, &note);
            chosen(&world, &site, "acme")
        };
        assert_eq!(noted_as(format!("{} {command} bob", now - ANSWER_LASTS + 60)).as_deref(), Some("bob"));
        assert_eq!(noted_as(format!("{} {command} bob", now - ANSWER_LASTS)), None);
        assert_eq!(noted_as(format!("{now} {command}1 bob")), None);
        assert!(!was_cancelled(&world, &site));
        remember_cancel(&world, &site);
        assert!(was_cancelled(&world, &site));
    }
}
