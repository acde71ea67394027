//! `accounts`: who is signed in where, with what, where it rests and until when. Read from the index; no secret is opened.

use crate::accounts::{Account, Entry, Index};
use crate::error::{Exit, Result, shown};
use crate::resolve::rebuild_index;
use crate::site::Site;
use crate::world::World;
use clap::Args;
use serde_json::{Value, json};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Only this Bitbucket
    site: Option<String>,

    /// For scripts: a list of objects with site, product, account, kind, storage, expires, active, bound
    #[arg(long)]
    json: bool,

    /// Make a broken list anew from what the storages keep
    #[arg(long)]
    rebuild: bool,
}

pub fn run(world: &World, arguments: &Arguments) -> Result<Exit> {
    let only = arguments.site.as_deref().map(Site::parse).transpose()?;
    let index = if arguments.rebuild { rebuild_index(world)? } else { Index::read(&world.folder()?)? };
    let sites: Vec<_> = index.sites().filter(|(site, _)| only.as_ref().is_none_or(|only| only == site)).collect();
    let text = match arguments.json {
        true => as_json(&sites),
        false => sites.iter().map(|(site, entry)| as_text(site, entry, world.now())).collect(),
    };
    if sites.is_empty() && !arguments.json {
        world.say("Nobody is signed in. Begin with: git credential-bitbucket login");
    }
    world.write(text.as_bytes()).map(|()| Exit::Done)
}

fn as_text(site: &Site, entry: &Entry, now: u64) -> String {
    let width = entry.accounts.iter().map(|account| shown(&account.name).len()).max().unwrap_or_default();
    let line = |account: &Account| {
        let mark = if is_active(entry, account) { "*" } else { " " };
        let expiry = account.expires.map(|end| format!(", {}", in_words(end, now))).unwrap_or_default();
        let name = shown(&account.name);
        format!("  {mark} {name:width$}  {}, in {}{expiry}\n", account.kind.title(), storage(account))
    };
    format!("{}\n{}", site.short(), entry.accounts.iter().map(line).collect::<String>())
}

fn as_json(sites: &[(Site, &Entry)]) -> String {
    let rows =
        sites.iter().flat_map(|(site, entry)| entry.accounts.iter().map(move |account| row(site, entry, account)));
    format!("{:#}\n", Value::Array(rows.collect()))
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

fn is_active(entry: &Entry, account: &Account) -> bool {
    entry.accounts.len() == 1 || entry.active.as_ref().is_some_and(|active| account.is_called(active))
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
