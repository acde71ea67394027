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
            miss(world, &error);
            Ok(Exit::Done)
        }
    }
}

/// One line among Git's own.
fn miss(world: &World, error: &Error) {
    match (error.exit(), error.hint()) {
        (Exit::SignIn, Some(hint)) => world.warn(&format!("{error}; {hint}")),
        _ => world.report(error),
    }
}
