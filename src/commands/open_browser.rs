//! The address on stdin is opened in the person's browser. We call this ourselves (`prompt/browser.rs`); nobody types it.

use crate::error::{Error, Exit, Result};
use crate::prompt;
use crate::world::World;
use std::io::Read;

/// Far longer than any sign-in address.
const LONGEST: u64 = 16 * 1024;

pub fn run(world: &World) -> Result<Exit> {
    let mut url = String::new();
    let unreadable = |_| Error::Protocol("the address is not text");
    std::io::stdin().take(LONGEST).read_to_string(&mut url).map_err(unreadable)?;
    let is_started = prompt::open_here(url.trim_end(), &world.environment.desktop());
    Ok(if is_started { Exit::Done } else { Exit::Failed })
}
