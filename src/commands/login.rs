//! `login`: somebody signs in, on the terminal or with a secret on stdin. It adds an account and replaces none but its own.

use super::site_or_cloud;
use crate::accounts::{Entry, Index};
use crate::config::SignIn as Method;
use crate::error::{Error, Exit, Result};
use crate::resolve::{SignIn, named, sign_in};
use crate::secret::Secret;
use crate::site::{Product, Site};
use crate::world::World;
use clap::Args;
use std::io::{IsTerminal, Read};
use zeroize::Zeroizing;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Which Bitbucket: bitbucket.org, or your company's address with its context path [default: bitbucket.org]
    site: Option<String>,

    /// The username, or the e-mail of the Atlassian account
    #[arg(long, value_name = "NAME")]
    username: Option<String>,

    /// Sign in with a token
    #[arg(long, conflicts_with = "password")]
    token: bool,

    /// Sign in with a password (Data Center)
    #[arg(long)]
    password: bool,

    /// Read the secret from stdin and ask nothing
    #[arg(long)]
    with_token: bool,

    /// The workspace, project or repository that an access token is for
    #[arg(long = "for", value_name = "PLACE")]
    bound: Option<String>,
}

/// More than any token, less than any mistake.
const LONGEST: u64 = 64 * 1024;

pub fn run(world: &World, arguments: Arguments) -> Result<Exit> {
    let site = site_or_cloud(arguments.site.as_deref())?;
    if site.is_plain_http() && !world.settings()?.allows_http(&site) {
        return Err(Error::HttpNotAllowed { site: site.to_string() });
    }
    let method = match (arguments.token, arguments.password) {
        (true, _) => Method::Token,
        (_, true) => Method::Password,
        _ => world.settings()?.sign_in(&site)?,
    };
    let product = product(world, &site)?;
    let site = named(world, &site, product)?;
    let given = arguments.with_token.then(read_secret).transpose()?;
    let (wanted, bound) = (arguments.username, arguments.bound);
    let order = SignIn { world, site, product, wanted, place: bound.clone(), bound, method, given, stranger: false };
    signed_in(&order)
}

fn signed_in(order: &SignIn<'_>) -> Result<Exit> {
    if order.given.is_some() {
        return sign_in(order, None).map(|_| Exit::Done);
    }
    let mut asker = order.world.asker().ok_or(Error::NobodyToAsk { what: "a token" })?;
    sign_in(order, Some(&mut asker)).map(|_| Exit::Done)
}

fn product(world: &World, site: &Site) -> Result<Product> {
    let index = Index::read(&world.folder()?)?;
    let known = world.settings()?.product(site)?.or(index.site(site).and_then(Entry::product));
    Ok(known.unwrap_or(if site.is_cloud() { Product::Cloud } else { Product::DataCenter }))
}

/// One line; what follows it is somebody's mistake.
fn read_secret() -> Result<Secret> {
    // a terminal would show what is typed
    if std::io::stdin().is_terminal() {
        let words = "`--with-token` reads a pipe or a file; without it you are asked, and nothing shows";
        return Err(Error::Usage(words.into()));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    std::io::stdin().lock().take(LONGEST).read_to_end(&mut bytes).map_err(|_| Error::BadSecret)?;
    let line = bytes.trim_ascii();
    let secret = Secret::new(line);
    match !secret.is_empty() && secret.fits_a_line() {
        true => Ok(secret),
        false => Err(Error::BadSecret),
    }
}
