//! `unconfigure`: takes back what `configure` wrote, and nothing else.

use super::configure::{Target, apply};
use crate::config::{Edit, to_unconfigure};
use crate::error::{Exit, Result};
use crate::resolve::keep_client_secret;
use crate::site::Site;
use crate::world::World;

pub fn run(world: &World, target: &Target) -> Result<Exit> {
    let file = target.file();
    let mut wrote = false;
    for site in &target.sites(world)? {
        let edits = to_unconfigure(&file.entries(&world.environment)?, site);
        wrote |= apply(world, file, &edits)?;
        forget_client(world, site, &edits)?;
    }
    if !wrote {
        world.say(&format!("There is nothing of ours in {}.", file.title()));
    }
    Ok(Exit::Done)
}

/// A client whose id goes needs no secret any more.
fn forget_client(world: &World, site: &Site, edits: &[Edit]) -> Result<()> {
    let mut ids = edits.iter().filter(|edit| edit.key.ends_with(".oauthClientId")).flat_map(Edit::removed);
    ids.try_for_each(|id| keep_client_secret(world, site, id, None).map(drop))
}
