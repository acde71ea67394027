//! One question at a time: whoever wants to ask or to refresh takes the account's turn, and a cancelled question is not
//! put again by the same command.

use crate::error::{Error, Result, shown};
use crate::files::{self, Lock};
use crate::site::Site;
use crate::storage::Key;
use crate::world::World;
use std::time::Duration;

/// How long others wait for a person to finish signing in.
const WITH_PERSON: Duration = Duration::from_secs(600);
/// How long they wait where nobody is there to ask anyway.
const ALONE: Duration = Duration::from_secs(60);
/// Seconds for which a cancelled question stays unasked.
const CANCEL_LASTS: u64 = 300;

/// Waits for the turn of an account (`""`: of the site itself). Read again after it: what was true before may have changed.
pub fn take(world: &World, site: &Site, account: &str, person: bool) -> Result<Lock> {
    let key = Key { site: site.to_string(), account: account.to_lowercase() };
    let limit = if person && world.may_ask() { WITH_PERSON } else { ALONE };
    let _sign = world.spinner(&match account {
        "" => Error::Busy { site: site.short() }.to_string(),
        account => format!("another git command is busy with {} at {}", shown(account), site.short()),
    });
    Lock::take(&world.folder()?.join("locks"), &key.file_name(), limit)?.ok_or(Error::Busy { site: site.short() })
}

/// Remembers that the person said no to the running command.
pub fn remember_cancel(world: &World, site: &Site) {
    let Some(command) = running_command() else { return };
    let text = format!("{} {command}", world.now());
    // a cancel that cannot be remembered costs one more question, and nothing else
    let _ = world.folder().and_then(|folder| files::replace(&file(&folder, site), text.as_bytes()));
}

/// Whether the person said no to this very command a short while ago.
pub fn was_cancelled(world: &World, site: &Site) -> bool {
    let read = || files::read(&file(&world.folder().ok()?, site)).ok()?;
    let text = read().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok()).unwrap_or_default();
    let (time, command) = text.split_once(' ').unwrap_or_default();
    let recent = time.parse::<u64>().is_ok_and(|time| time + CANCEL_LASTS > world.now());
    recent && running_command().is_some_and(|running| running == command)
}

fn file(folder: &std::path::Path, site: &Site) -> std::path::PathBuf {
    folder
        .join("locks")
        .join(format!("{}.cancelled", Key { site: site.to_string(), account: String::new() }.file_name()))
}

/// A shell gives each command line a process group of its own, and all its git processes share it.
#[cfg(unix)]
fn running_command() -> Option<String> {
    Some(rustix::process::getpgrp().as_raw_nonzero().to_string())
}

#[cfg(not(unix))]
fn running_command() -> Option<String> {
    None
}
