//! `import --from-storage A --to B`: what is ours, moved without a sign-in.

use crate::error::{Error, Exit, Result};
use crate::resolve::{Moved, loads, shift};
use crate::storage::Name;
use crate::world::World;

pub fn run(world: &World, from: &str, to: &str, dry_run: bool) -> Result<Exit> {
    let (from, to) = (named(from)?, named(to)?);
    if from == to {
        return Err(Error::Usage("both storages are the same".into()));
    }
    let loads = loads(world, from)?;
    if loads.is_empty() {
        world.say(&format!("There is nothing of ours in {}.", from.title()));
    }
    let mut exit = Exit::Done;
    for load in &loads {
        let title = load.title();
        if dry_run {
            world.write(format!("{title}\n").as_bytes())?;
            continue;
        }
        match shift(world, load, from, to) {
            Ok(Moved::Done) => world.say(&format!("Moved {title} to {}.", to.title())),
            Ok(Moved::NotRemoved(error)) => {
                world.say(&format!("Moved {title} to {}; its old copy could not be removed.", to.title()));
                world.report(&error);
                exit = Exit::Failed;
            }
            Ok(Moved::Gone) => world.say(&format!("{title} is not in {} any more.", from.title())),
            Ok(Moved::Bound) => world.say(&format!("{title} stays: `bitbucket.storage` says so.")),
            Err(error) => {
                world.say(&format!("{title} stays in {}.", from.title()));
                world.report(&error);
                exit = Exit::Failed;
            }
        }
    }
    if !dry_run && !loads.is_empty() {
        world.say(&format!("New sign-ins go there by: git config --global bitbucket.storage {}", to.word()));
    }
    Ok(exit)
}

fn named(word: &str) -> Result<Name> {
    let name = Name::from_word(word).filter(|name| *name != Name::None);
    name.ok_or_else(|| Error::Usage("the storages are `keyring`, `file`, `pass` and `cache`".into()))
}
