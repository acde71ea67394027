//! `status`: is it well? For each account what is kept and what the server says of it; ends in an action where one is due.

use super::accounts::{in_words, storage};
use crate::accounts::{Account, Entry};
use crate::credential::Record;
use crate::error::{Error, Exit, Result, shown};
use crate::provider::{self, Check, Verdict};
use crate::resolve::{ends_soon, open_record, trust, usable, what_next};
use crate::site::{Product, Site};
use crate::world::World;
use clap::Args;
use serde_json::{Value, json};

/// Tell whether a sign-in is well
#[derive(Debug, Args)]
#[command(after_help = JSON)]
pub struct Arguments {
    /// Only this Bitbucket
    site: Option<String>,

    /// Do not ask the server
    #[arg(long)]
    offline: bool,

    /// For scripts
    #[arg(long)]
    json: bool,
}

const JSON: &str = "\
--json prints a list, one object an account; fields may be added to it, and none is taken away:
  site, product, account, kind, storage   as in `accounts --json`
  expires   Unix seconds, or null
  state     accepted, refused, expired, gone, failed (the storage, or a refresh), unchecked (the
            server did not say); with --offline ready instead of accepted
  says      the same for people
  action    what to do now or before long, or null
Exit code: 0 all is well, 1 something failed or was refused, 4 someone must sign in.";

/// What is wrong with an account, or nothing.
type Complaint = Option<Error>;

/// How one account stands.
struct Row<'a> {
    site: Site,
    product: Product,
    account: &'a Account,
    /// One word for scripts, and the words for people.
    state: &'static str,
    says: String,
    expires: Option<u64>,
    complaint: Complaint,
}

pub fn run(world: &World, arguments: &Arguments) -> Result<Exit> {
    let only = arguments.site.as_deref().map(Site::parse).transpose()?;
    let index = world.index()?;
    let sites = index.sites().filter(|(site, _)| only.as_ref().is_none_or(|only| only == site));
    let mut rows = Vec::new();
    for (site, entry) in sites {
        for account in &entry.accounts {
            rows.push(row(world, &site, entry, account, arguments.offline));
        }
    }
    let now = world.now();
    let text = if arguments.json { as_json(&rows, now) } else { as_text(&rows, now) };
    world.write(text.as_bytes())?;
    if rows.is_empty() {
        let needed = |site: Site| Error::SignInNeeded { site: site.short(), account: None };
        return Err(only.map_or(Error::NobodySignedIn, needed));
    }
    match rows.into_iter().find_map(|row| row.complaint) {
        Some(complaint) => Err(complaint),
        None => Ok(Exit::Done),
    }
}

fn row<'a>(world: &World, site: &Site, entry: &Entry, account: &'a Account, offline: bool) -> Row<'a> {
    let _spinner = (!offline).then(|| world.spinner(&format!("asking {}", site.short())));
    let product = entry.product().unwrap_or(site.product_by_host());
    let record = if offline { open_record(world, site, account) } else { usable(world, site, product, account) };
    let expires = record.as_ref().ok().and_then(|record| record.as_ref()?.expires);
    let (state, says, complaint) = match record {
        Err(error) => failed(error),
        Ok(None) => ("gone", "gone, or ended by the server".into(), Some(sign_in(site, account))),
        Ok(Some(record)) => judged(world, site, product, account, &record, offline).unwrap_or_else(failed),
    };
    Row { site: site.clone(), product, account, state, says, expires, complaint }
}

fn failed(error: Error) -> State {
    ("failed", error.to_string(), Some(error))
}

/// By site; the last line is what will be due before long. What is due now is said by the error that ends the command.
fn as_text(rows: &[Row<'_>], now: u64) -> String {
    let (mut text, mut site) = (String::new(), None);
    for row in rows {
        if site.replace(&row.site) != Some(&row.site) {
            text.push_str(&format!("{}\n", row.site.short()));
        }
        let (name, kind) = (shown(&row.account.name), row.account.kind.title());
        text.push_str(&format!("  {name}: {kind}, in {}; {}\n", storage(row.account), row.says));
    }
    let soon = rows.iter().filter(|row| row.complaint.is_none()).find_map(|row| row.soon(now));
    text + &soon.map(|soon| format!("{soon}\n")).unwrap_or_default()
}

fn as_json(rows: &[Row<'_>], now: u64) -> String {
    let all = rows.iter().map(|row| {
        let due = row.complaint.as_ref().and_then(Error::hint);
        json!({
            "site": row.site.to_string(),
            "product": row.product.word(),
            "account": row.account.name,
            "kind": row.account.kind.word(),
            "storage": row.account.storage,
            "expires": row.expires,
            "state": row.state,
            "says": row.says,
            "action": due.or_else(|| row.soon(now)),
        })
    });
    format!("{:#}\n", Value::Array(all.collect()))
}

impl Row<'_> {
    /// A token that ends before long, and what to do then.
    fn soon(&self, now: u64) -> Option<String> {
        let (name, kind) = (shown(&self.account.name), self.account.kind);
        let words = ends_soon(kind, self.expires, now)?;
        Some(format!("The {} of {name} {words}: {}", kind.title(), what_next(kind, &self.site.short(), &name)))
    }
}

type State = (&'static str, String, Complaint);

fn judged(
    world: &World,
    site: &Site,
    product: Product,
    account: &Account,
    record: &Record,
    offline: bool,
) -> Result<State> {
    let expiry = record.expires.map(|end| in_words(end, world.now()));
    let over = record.expires.is_some_and(|end| end <= world.now()) && record.refresh.is_none();
    if over {
        return Ok(("expired", expiry.unwrap_or_default(), Some(sign_in(site, account))));
    }
    let expiry = expiry.map(|words| format!(", {words}")).unwrap_or_default();
    if offline {
        let (state, doubt) =
            if record.doubtful { ("unchecked", "to be checked at the next use") } else { ("ready", "ready") };
        return Ok((state, format!("{doubt}{expiry}"), None));
    }
    let (state, says, complaint) = server_says(world, site, product, account, record)?;
    Ok((state, format!("{says}{expiry}"), complaint))
}

fn server_says(world: &World, site: &Site, product: Product, account: &Account, record: &Record) -> Result<State> {
    let http = world.http(site)?;
    let provider = provider::of(product);
    let limit = world.limit(site, false)?;
    let verdict = provider.check(&Check { http: &http, site, record, place: account.judge(), limit });
    Ok(match verdict {
        Err(stop) => ("refused", stop.to_string(), Some(stop)),
        Ok(Verdict::Good { username, .. }) => {
            trust(world, site, product, account, record, Some(&username))?;
            ("accepted", format!("accepted as {}", shown(&username)), None)
        }
        Ok(Verdict::Nameless { .. }) => {
            trust(world, site, product, account, record, None)?;
            ("accepted", "accepted".into(), None)
        }
        Ok(Verdict::SecondFactor) => {
            let why = Error::SecondFactor { site: site.short() };
            ("refused", why.to_string(), Some(why))
        }
        Ok(Verdict::Refused(about)) => {
            ("refused", "refused by the server".into(), Some(Error::Refused { site: site.short(), about }))
        }
        Ok(Verdict::Unknown(why)) => ("unchecked", format!("not checked ({why})"), None),
    })
}

fn sign_in(site: &Site, account: &Account) -> Error {
    Error::SignInNeeded { site: site.short(), account: Some(shown(&account.name)) }
}
