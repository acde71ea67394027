//! `capability`: which optional parts of Git's protocol are spoken; stdin is not read.

use crate::error::{Exit, Result};
use crate::protocol::CAPABILITIES;
use crate::world::World;

pub fn run(world: &World) -> Result<Exit> {
    world.write(CAPABILITIES).map(|()| Exit::Done)
}
