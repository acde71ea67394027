//! The repository that we stand in, as Git sees it: where it comes from.

use super::{Environment, git};
use crate::error::Result;

/// A remote of the repository, its address as Git would use it (`url.<base>.insteadOf` applied).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    pub name: String,
    pub url: String,
}

/// `origin`, or the only remote; `None` outside a repository, and where several have an equal right.
pub fn remote(environment: &Environment) -> Result<Option<Remote>> {
    let listed = git::run(environment, &["remote"])?;
    let text = String::from_utf8_lossy(&listed.stdout);
    let names: Vec<&str> = text.lines().collect();
    let name = match names.as_slice() {
        [only] => *only,
        several if several.contains(&"origin") => "origin",
        _ => return Ok(None),
    };
    let found = git::run(environment, &["remote", "get-url", name])?;
    let url = String::from_utf8_lossy(&found.stdout).trim_end().to_owned();
    Ok(found.status.success().then(|| Remote { name: name.to_owned(), url }))
}
