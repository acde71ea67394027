//! `exec`: runs one command in our place with a credential in its environment, and tells every git below it to ask us and no
//! other helper for that site. Nothing touches the disk, and no secret stands in an argument.

use super::site_or_named;
use crate::config::handed_on;
use crate::error::{Error, Exit, Result, shown};
use crate::resolve;
use crate::site::Site;
use crate::world::World;
use clap::Args;
use std::ffi::OsString;
use std::process::Command;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Which Bitbucket [default: BITBUCKET_SITE, or bitbucket.org]
    site: Option<String>,

    /// Which account, where there are several
    #[arg(long, value_name = "NAME")]
    username: Option<String>,

    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// As shells do it, for a command that cannot be run.
const NOT_RUN: Exit = Exit::Passed(127);

pub fn run(world: &World, arguments: &Arguments) -> Result<Exit> {
    let site = site_or_named(world, arguments.site.as_deref())?;
    let (_, record) = resolve::fresh(world, &site, arguments.username.as_deref())?;
    let [program, rest @ ..] = arguments.command.as_slice() else { return Ok(NOT_RUN) };
    let mut command = Command::new(program);
    command.args(rest).stdout(world.stdout()?);
    command.envs(world.environment.with_git_settings(&only_us(&site)?)?);
    for (name, value) in handed_on(&site, &record) {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    drop(record);
    log::debug!("running the command for {site}");
    let outcome = in_our_place(command);
    outcome.or_else(|error| {
        world.warn(&format!("cannot run `{}`: {}", shown(&program.to_string_lossy()), error.kind()));
        Ok(NOT_RUN)
    })
}

/// An empty helper forgets those before it (gitcredentials, "credential.helper"); then ours alone. For the whole host: git-lfs
/// asks without a path.
fn only_us(site: &Site) -> Result<[(String, String); 2]> {
    let itself =
        std::env::current_exe().map_err(|_| Error::Program { name: "exec", why: "cannot find its own program" })?;
    let key = format!("credential.{}://{}.helper", site.protocol(), site.authority());
    // `!`, since a quoted path does not begin as an absolute one does
    let helper = format!("!'{}'", itself.to_string_lossy().replace('\'', r"'\''"));
    Ok([(key.clone(), String::new()), (key, helper)])
}

/// The command takes over this very process, so signals and the exit code are its own.
#[cfg(unix)]
fn in_our_place(mut command: Command) -> std::io::Result<Exit> {
    Err(std::os::unix::process::CommandExt::exec(&mut command))
}

/// Windows knows no such thing; Ctrl-C reaches both there.
#[cfg(not(unix))]
fn in_our_place(mut command: Command) -> std::io::Result<Exit> {
    let code = command.status()?.code().unwrap_or(1);
    Ok(Exit::Passed(u8::try_from(code).unwrap_or(1)))
}
