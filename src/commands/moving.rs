//! `import --from-storage A --to B`: what is ours, moved without a sign-in.

use crate::error::{Error, Exit, Result};
use crate::resolve::{Load, Moved, loads, shift};
use crate::storage::Name;
use crate::world::World;

pub fn run(world: &World, from: &str, to: &str, dry_run: bool) -> Result<Exit> {
    let (from, to) = (named(from)?, named(to)?);
    if from == to {
        return Err(Error::Usage("both storages are the same".into()));
    }
    let loads = loads(world, from, to)?;
    if loads.is_empty() {
        world.say(&format!("There is nothing of ours in {}.", from.title()));
        return Ok(Exit::Done);
    }
    if dry_run {
        let text: String = loads.iter().map(|load| format!("{}\n", load.title())).collect();
        return world.write(text.as_bytes()).map(|()| Exit::Done);
    }
    let failures = loads.iter().filter(|load| !told(world, load, from, to)).count();
    world.say(&format!("New sign-ins go there by: git config --global bitbucket.storage {}", to.word()));
    Ok(if failures == 0 { Exit::Done } else { Exit::Failed })
}

/// Moves one, says what became of it, and tells whether it is where it should be and nowhere else.
fn told(world: &World, load: &Load, from: Name, to: Name) -> bool {
    let (title, old, new) = (load.title(), from.title(), to.title());
    let moved = shift(world, load, from, to);
    world.say(&match &moved {
        Ok(Moved::Done) => format!("Moved {title} to {new}."),
        Ok(Moved::NotRemoved(_)) => format!("Moved {title} to {new}; its old copy could not be removed."),
        Ok(Moved::Gone) => format!("Not in {old} any more: {title}."),
        Ok(Moved::Bound) => format!("Stays in {old}, where `bitbucket.storage` looks for it: {title}."),
        Err(_) => format!("Stays in {old}: {title}."),
    });
    match moved {
        Ok(Moved::NotRemoved(error)) | Err(error) => world.report(&error),
        Ok(_) => return true,
    }
    false
}

fn named(word: &str) -> Result<Name> {
    let name = Name::from_word(word).filter(|name| *name != Name::None);
    name.ok_or_else(|| Error::Usage("the storages are `keyring`, `file`, `pass` and `cache`".into()))
}
