//! One line of the user's own git config, written by git itself.

use super::Environment;
use crate::error::{Error, Result};
use std::process::{Command, Stdio};

/// Sets a key in the user's own config, in the place of what it had there.
pub fn set_globally(environment: &Environment, key: &str, value: &str) -> Result<()> {
    let failed = |why| Error::Program { name: "git config", why };
    let git = environment.program("git").ok_or(failed("is not on the search path"))?;
    let mut command = Command::new(git);
    command.args(["config", "--global", "--replace-all", key, value]);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match status.is_ok_and(|status| status.success()) {
        true => Ok(()),
        false => Err(failed("could not write your settings; is the file locked or read-only?")),
    }
}
