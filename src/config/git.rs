//! Git as a child process: found on the search path, given no stdin, heard out.

use super::Environment;
use super::injection::TOKEN;
use crate::error::{Error, Result, shown};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

/// Runs git; an error only where it could not be started.
pub fn run(environment: &Environment, arguments: &[&str]) -> Result<Output> {
    let git = environment.program("git").ok_or(Error::Program { name: "git", why: "is not on the search path" })?;
    let failed = |_| Error::Program { name: "git", why: "could not be started" };
    let begun = Instant::now();
    let mut command = Command::new(git);
    // its complaints are shown among our own words; the token is none of its business
    command.args(arguments).env("LC_ALL", "C").env_remove(TOKEN).stdin(Stdio::null());
    let output = command.output().map_err(failed)?;
    let action = arguments.first().copied().unwrap_or_default();
    log::debug!("child git {action}: {}, {} ms", output.status, begun.elapsed().as_millis());
    Ok(output)
}

/// What git said when it failed, on one line and without its own "fatal: ".
pub fn complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().next().unwrap_or_default();
    shown(line.trim_start_matches("fatal: ").trim_start_matches("error: "))
}
