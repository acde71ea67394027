//! `unconfigure`: takes back what `configure` wrote, and nothing else.

use super::configure::{Target, apply};
use crate::config::to_unconfigure;
use crate::error::{Exit, Result};
use crate::world::World;

pub fn run(world: &World, target: &Target) -> Result<Exit> {
    let file = target.file();
    let mut wrote = false;
    for site in &target.sites(world)? {
        wrote |= apply(world, file, &to_unconfigure(&file.entries(&world.environment)?, site))?;
    }
    if !wrote {
        world.say(&format!("There is nothing of ours in {}.", file.title()));
    }
    Ok(Exit::Done)
}
