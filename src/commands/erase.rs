//! `erase`: Git tells that a credential was refused.

use crate::error::{Exit, Result};
use crate::protocol::Request;
use crate::resolve;
use crate::world::World;

pub fn run(world: &World) -> Result<Exit> {
    let request = Request::read(std::io::stdin().lock())?;
    resolve::erase(world, &request).map(|()| Exit::Done)
}
