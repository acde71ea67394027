//! `get`: Git's question, answered in one write or not at all.

use crate::error::{Error, Exit, Result};
use crate::protocol::Request;
use crate::resolve;
use crate::world::World;

pub fn run(world: &World) -> Result<Exit> {
    let request = Request::read(std::io::stdin().lock())?;
    match resolve::get(world, &request) {
        Ok(Some(answer)) => world.write(&answer.to_bytes()?).map(|()| Exit::Done),
        Ok(None) => Ok(Exit::Done),
        Err(error @ (Error::Protocol(_) | Error::Stdout)) => Err(error),
        // a miss is no failure to Git; it goes on with the next helper
        Err(error) => {
            world.report_to_git(&error);
            Ok(Exit::Done)
        }
    }
}
