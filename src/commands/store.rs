//! `store`: Git tells that a credential worked.

use crate::error::{Exit, Result};
use crate::protocol::Request;
use crate::resolve;
use crate::world::World;

pub fn run(world: &World) -> Result<Exit> {
    let request = Request::read(std::io::stdin().lock())?;
    resolve::store(world, &request).map(|()| Exit::Done)
}
