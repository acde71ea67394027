//! `accounts`: who is signed in where, with what, where it rests and until when, and who is used. Read from the index; no
//! secret is opened.

use crate::accounts::{Account, Choice, Entry, Why};
use crate::config::{Remote, remote};
use crate::error::{Exit, Result, shown};
use crate::resolve::{Preview, preview, rebuild_index};
use crate::site::Site;
use crate::world::World;
use clap::Args;
use serde_json::{Value, json};

/// List who is signed in where
///
/// A star marks who is used where nothing more exact is said; below stand the rules. Inside a repository the last line tells
/// who would be used for it, and why.
#[derive(Debug, Args)]
#[command(after_help = JSON)]
pub struct Arguments {
    /// Only this Bitbucket
    site: Option<String>,

    /// For scripts
    #[arg(long)]
    json: bool,

    /// Add accounts that the list has lost, from what the storages keep; a broken list is made anew
    #[arg(long)]
    rebuild: bool,
}

const JSON: &str = "\
--json prints one object; fields may be added to it, and none is taken away:
  accounts  a list of {site, product, account, kind, storage, expires, active, bound}
  rules     a list of {site, place, account}
  here      null, or {remote, site, place, account, why, rule}
expires is in Unix seconds; bound is what an access token is for. why is one of username, here, rule, token, setting,
active, only; and where account is null, one of several, nobody, not-signed-in, handed-in (BITBUCKET_TOKEN and the like).";

/// The repository that we stand in, and whom it would use.
type Here = Option<(Remote, Result<Option<Preview>>)>;

pub fn run(world: &World, arguments: &Arguments) -> Result<Exit> {
    let only = arguments.site.as_deref().map(Site::parse).transpose()?;
    let index = if arguments.rebuild { rebuild_index(world)? } else { world.index()? };
    let sites: Vec<_> = index.sites().filter(|(site, _)| only.as_ref().is_none_or(|only| only == site)).collect();
    let here: Here = remote(&world.environment)?.map(|remote| {
        let preview = preview(world, &remote.url);
        (remote, preview)
    });
    if arguments.json {
        return world.write(as_json(&sites, &here).as_bytes()).map(|()| Exit::Done);
    }
    if sites.is_empty() {
        world.say("Nobody is signed in. Begin with: git credential-bitbucket login");
    }
    let text: String = sites.iter().map(|(site, entry)| as_text(site, entry, world.now())).collect();
    world.write((text + &here.map(|(remote, found)| here_in_words(&remote, found)).unwrap_or_default()).as_bytes())?;
    Ok(Exit::Done)
}

fn as_text(site: &Site, entry: &Entry, now: u64) -> String {
    let width = entry.accounts.iter().map(|account| shown(&account.name).chars().count()).max().unwrap_or_default();
    let line = |account: &Account| {
        let mark = if is_active(entry, account) { "*" } else { " " };
        let expiry = account.expires.map(|end| format!(", {}", in_words(end, now))).unwrap_or_default();
        let name = shown(&account.name);
        format!("  {mark} {name:width$}  {}, in {}{expiry}\n", account.kind.title(), storage(account))
    };
    let lines = entry.accounts.iter().map(line).chain(entry.rules.iter().map(|(place, name)| rule(entry, place, name)));
    let nobody = if entry.accounts.is_empty() { "    nobody is signed in\n" } else { "" };
    format!("{}\n{nobody}{}", site.short(), lines.collect::<String>())
}

fn rule(entry: &Entry, place: &str, name: &str) -> String {
    let missing = if entry.account(name).is_none() { ", who is not signed in" } else { "" };
    format!("    for {}: {}{missing}\n", shown(place), shown(name))
}

/// The last line: "this repository (origin, acme/app): bob, rule for acme".
fn here_in_words(remote: &Remote, found: Result<Option<Preview>>) -> String {
    let name = shown(&remote.name);
    let preview = match found {
        Ok(Some(preview)) => preview,
        Ok(None) => return format!("this repository ({name}): not a Bitbucket reached over https\n"),
        Err(error) => return format!("this repository ({name}): {error}\n"),
    };
    let place = preview.place.as_ref().map(|place| format!(", {}", shown(place))).unwrap_or_default();
    let who = match &preview.choice {
        Choice::One { name, .. } => format!("{}, {}", shown(name), why_in_words(&preview)),
        Choice::Unknown { name } => format!("{}, who is not signed in", shown(name)),
        Choice::Several { names } => {
            let names: Vec<String> = names.iter().map(|name| shown(name)).collect();
            format!("one of {}: nothing decides", names.join(", "))
        }
        Choice::Nobody => match preview.handed_in {
            Some(by) => format!("the token in `{by}`, before every account"),
            None => format!("nobody is signed in to {}", preview.site.short()),
        },
    };
    let blind = match preview.blind {
        true => "  rules are not looked at, since git does not tell the path: `git credential-bitbucket configure`\n",
        false => "",
    };
    format!("this repository ({name}{place}): {who}\n{blind}")
}

fn why_in_words(preview: &Preview) -> String {
    match &preview.choice {
        Choice::One { .. } if preview.username_set => "named by `credential.username`".into(),
        Choice::One { why, .. } => why.words(),
        _ => String::new(),
    }
}

fn as_json(sites: &[(Site, &Entry)], here: &Here) -> String {
    let accounts =
        sites.iter().flat_map(|(site, entry)| entry.accounts.iter().map(|account| row(site, entry, account)));
    let rule =
        |site: &Site, place: &String, name: &String| json!({"site": site.to_string(), "place": place, "account": name});
    let rules =
        sites.iter().flat_map(|(site, entry)| entry.rules.iter().map(move |(place, name)| rule(site, place, name)));
    let here = here.as_ref().and_then(|(remote, found)| Some(here_as_json(remote, found.as_ref().ok()?.as_ref()?)));
    let all = json!({"accounts": accounts.collect::<Vec<_>>(), "rules": rules.collect::<Vec<_>>(), "here": here});
    format!("{all:#}\n")
}

fn row(site: &Site, entry: &Entry, account: &Account) -> Value {
    json!({
        "site": site.to_string(),
        "product": entry.product().map(|product| product.word()),
        "account": account.name,
        "kind": account.kind.word(),
        "storage": account.storage,
        "expires": account.expires,
        "active": is_active(entry, account),
        "bound": account.bound,
    })
}

fn here_as_json(remote: &Remote, preview: &Preview) -> Value {
    let (account, why) = match &preview.choice {
        Choice::One { name, why } => (Some(name), why.word()),
        Choice::Unknown { .. } => (None, "not-signed-in"),
        Choice::Several { .. } => (None, "several"),
        Choice::Nobody if preview.handed_in.is_some() => (None, "handed-in"),
        Choice::Nobody => (None, "nobody"),
    };
    let rule = match &preview.choice {
        Choice::One { why: Why::Rule(place) | Why::Bound(place), .. } => Some(place),
        _ => None,
    };
    json!({
        "remote": remote.name,
        "site": preview.site.to_string(),
        "place": preview.place,
        "account": account,
        "why": why,
        "rule": rule,
    })
}

fn is_active(entry: &Entry, account: &Account) -> bool {
    matches!(entry.by_default(), Choice::One { name, .. } if name == account.name)
}

/// The storage's name as people know it.
pub fn storage(account: &Account) -> String {
    crate::storage::Name::from_word(&account.storage).map_or(account.storage.clone(), |name| name.title().to_owned())
}

/// A moment, seen from `now`: "expires in 3 days", "expired 2 hours ago".
pub fn in_words(end: u64, now: u64) -> String {
    match end.checked_sub(now) {
        Some(left) if left > 0 => format!("expires in {}", span(left)),
        _ => format!("expired {} ago", span(now - end)),
    }
}

/// A length of time in its largest unit: "3 days".
pub fn span(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (length, unit) = units.into_iter().find(|(length, _)| seconds >= *length).unwrap_or((1, "second"));
    let count = seconds / length;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_words() {
        assert_eq!(in_words(1_000_000 + 3 * 86_400 + 5, 1_000_000), "expires in 3 days");
        assert_eq!(in_words(1_000_060, 1_000_000), "expires in 1 minute");
        assert_eq!(in_words(1_000_000, 1_007_200), "expired 2 hours ago");
    }
}
