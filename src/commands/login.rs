//! `login`: somebody signs in, on the terminal or with a secret on stdin. It adds an account and replaces none but its own.

use super::site_or_cloud;
use crate::accounts::{ACCESS_TOKEN_USER, Choice, Entry, Index, typed_place};
use crate::calendar;
use crate::config::SignIn as Method;
use crate::credential::{Kind, Record};
use crate::error::{Error, Exit, Result, shown};
use crate::resolve::{Ends, Renewal, SignIn, Web, asker, came_by_browser, named, renew, sign_in, sign_in_client};
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

    /// Sign in with the browser
    #[arg(long, conflicts_with_all = ["token", "password", "with_token"])]
    web: bool,

    /// Sign in with a browser on another machine: show the address, and take the one where it ends
    #[arg(long, conflicts_with_all = ["token", "password", "with_token"])]
    no_browser: bool,

    /// Ask for no permission to push (browser; a token that a Data Center makes)
    #[arg(long, conflicts_with_all = ["token", "with_token"])]
    read_only: bool,

    /// Make the next HTTP access token with your password, and delete the one before (Data Center)
    #[arg(long, conflicts_with_all = ["web", "no_browser", "token", "client", "places"])]
    renew: bool,

    /// Sign in with a token
    #[arg(long, conflicts_with = "password")]
    token: bool,

    /// Sign in with a password (Data Center)
    #[arg(long)]
    password: bool,

    /// Read the secret from stdin and ask nothing
    #[arg(long)]
    with_token: bool,

    /// Sign in as the OAuth client itself, for machines (Cloud); needs its secret: `configure --oauth-client`
    #[arg(long, conflicts_with_all = ["web", "no_browser", "read_only", "token", "password", "with_token", "username"])]
    client: bool,

    /// The workspace, project or repository that this sign-in is for; may be repeated
    #[arg(long = "for", value_name = "PLACE")]
    places: Vec<String>,

    /// When the token ends: a date like 2027-03-01, or a number of days; you are reminded from 14 days before
    #[arg(long, value_name = "DATE|DAYS", conflicts_with_all = ["web", "no_browser"])]
    expires: Option<String>,
}

/// More than any token, less than any mistake.
const LONGEST: u64 = 64 * 1024;

pub fn run(world: &World, arguments: Arguments) -> Result<Exit> {
    let site = site_or_cloud(arguments.site.as_deref())?;
    if site.is_plain_http() && !world.settings()?.allows_http(&site) {
        return Err(Error::HttpNotAllowed { site: site.to_string() });
    }
    let product = product(world, &site)?;
    let method = match &arguments {
        Arguments { token: true, .. } => Method::Token,
        Arguments { password: true, .. } => Method::Password,
        Arguments { web: true, .. } | Arguments { no_browser: true, .. } => Method::Web,
        // the Cloud makes no tokens for a program
        Arguments { read_only: true, .. } if product == Product::Cloud => Method::Web,
        _ => world.settings()?.sign_in(&site)?,
    };
    let client = arguments.client;
    let web = Web { elsewhere: arguments.no_browser, reading: arguments.read_only };
    let ends = ends(world, arguments.expires.as_deref())?;
    let site = named(world, &site, product)?;
    let given = arguments.with_token.then(read_secret).transpose()?;
    if arguments.renew {
        let (username, reading) = (arguments.username, arguments.read_only);
        return renew(world, &site, &Renewal { username, given, reading, ends }).map(|()| Exit::Done);
    }
    let places = arguments.places.iter().map(|place| typed_place(&site, place)).collect::<Result<Vec<_>>>()?;
    let (wanted, bound) = (arguments.username, places.first().cloned());
    let entry = world.index()?.site(&site).cloned().unwrap_or_default();
    let by_browser = came_by_browser(&entry, wanted.as_deref());
    let (place, stranger) = (bound.clone(), false);
    let order = SignIn { world, site, product, wanted, place, bound, method, by_browser, web, given, stranger, ends };
    let record = if client { sign_in_client(&order)? } else { signed_in(&order)? };
    bind(&order, &record, &places)?;
    tell_of_the_choice(world, &order.site)
}

fn ends(world: &World, expires: Option<&str>) -> Result<Ends> {
    let Some(text) = expires else { return Ok(Ends::Asked) };
    let wrong = || Error::Usage("`--expires` wants a date ahead, like 2027-03-01, or a number of days".into());
    calendar::expiry(text, world.now()).map(Ends::Known).ok_or_else(wrong)
}

fn signed_in(order: &SignIn<'_>) -> Result<Record> {
    if order.given.is_some() {
        return sign_in(order, None);
    }
    let mut asker = asker(order.world, &order.site, order.method, order.web)?;
    if asker.is_none() && order.world.browser().is_none() {
        return Err(Error::NobodyToAsk { what: "a token" });
    }
    sign_in(order, asker.as_mut())
}

/// A person's account is bound to places by rules; a token of nobody has the first of them in its own name.
fn bind(order: &SignIn<'_>, record: &Record, places: &[String]) -> Result<()> {
    let (first, others) = match places {
        [first, others @ ..] if record.kind == Kind::AccessToken => (Some(first), others),
        all => (None, all),
    };
    let name = first.map_or(record.username.clone(), |place| format!("{ACCESS_TOKEN_USER}:{place}"));
    Index::change(&order.world.folder()?, |index| {
        let entry = index.site_mut(&order.site);
        let login = |entry: &Entry| {
            let login = record.rest_login.as_deref()?;
            entry.accounts.iter().find(|account| account.has_login(login)).map(|account| account.name.clone())
        };
        let known = entry.account(&name).map(|account| account.name.clone()).or_else(|| login(entry));
        others.iter().zip(known.iter().cycle()).for_each(|(place, name)| entry.bind(place, name));
        index.tidy(&order.site);
        Ok(())
    })
}

/// With a second account there is something to choose, and nobody is guessed.
fn tell_of_the_choice(world: &World, site: &Site) -> Result<Exit> {
    let index = world.index()?;
    if let Some(Choice::Several { names }) = index.site(site).map(Entry::by_default) {
        let (at, names) = (site.short(), names.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", "));
        world.say(&format!("Accounts at {at} now: {names}. Git asks which one, until you choose:"));
        world.say(&format!("hint: `git credential-bitbucket switch {at} NAME`, or with `--for WORKSPACE`"));
    }
    Ok(Exit::Done)
}

fn product(world: &World, site: &Site) -> Result<Product> {
    let index = world.index()?;
    let known = world.settings()?.product(site)?.or(index.site(site).and_then(Entry::product));
    Ok(known.unwrap_or(site.product_by_host()))
}

/// One line; what follows it is somebody's mistake.
pub fn read_secret() -> Result<Secret> {
    // a terminal would show what is typed
    if std::io::stdin().is_terminal() {
        let words = "a secret is read from a pipe or a file here; a terminal would show it";
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
