//! `token`: one fresh secret on stdout, or the whole header, for curl, plug-ins and scripts.

use super::site_or_named;
use crate::error::{Error, Exit, Result};
use crate::provider::{git_authorization, rest_authorization};
use crate::resolve;
use crate::world::World;
use clap::{Args, ValueEnum};
use zeroize::Zeroizing;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Which Bitbucket [default: BITBUCKET_SITE, or bitbucket.org]
    site: Option<String>,

    /// What the header is for: the same token may go with another name there
    #[arg(long = "for", value_name = "DOOR", default_value = "git")]
    door: Door,

    /// Which account, where there are several
    #[arg(long, value_name = "NAME")]
    username: Option<String>,

    /// The whole Authorization header, as `curl --header @-` reads it
    #[arg(long)]
    header: bool,

    /// Even where it would show on a terminal
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Door {
    Git,
    Rest,
}

pub fn run(world: &World, arguments: &Arguments) -> Result<Exit> {
    if world.writes_to_a_terminal() && !arguments.force {
        return Err(Error::OnTerminal);
    }
    let site = site_or_named(world, arguments.site.as_deref())?;
    let (product, record) = resolve::fresh(world, &site, arguments.username.as_deref())?;
    let authorization = match (arguments.header, arguments.door) {
        (false, _) => None,
        (true, Door::Git) => Some(git_authorization(product, &record)),
        (true, Door::Rest) => Some(rest_authorization(product, &record).ok_or_else(no_email)?),
    };
    let secret = authorization.map_or(Some(record.secret), |authorization| authorization.line());
    let line = Zeroizing::new([secret.ok_or(Error::BadSecret)?.expose(), b"\n"].concat());
    world.write(&line).map(|()| Exit::Done)
}

fn no_email() -> Error {
    Error::Injected {
        what: "REST wants an API token with the e-mail of its Atlassian account, which is not known".into(),
        remedy: "set `BITBUCKET_EMAIL`, or sign in with it: `git credential-bitbucket login --username E-MAIL`".into(),
    }
}
