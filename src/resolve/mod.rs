//! The decision (DESIGN section 5): handed in › stored and fresh › healed › asked › nothing.
//! It is the only room that knows the order; each step is one file beside this one.

mod attempt;
mod choosing;
mod clients;
mod ending;
mod feedback;
mod fresh;
mod handed;
mod heal;
mod injected;
mod moving;
mod new_token;
mod notes;
mod on_page;
mod on_premise;
mod person;
mod plain;
mod preview;
mod questions;
mod records;
mod refresh;
mod refusals;
mod refused_secrets;
mod reminder;
mod renaming;
mod sign_in;
mod situation;
mod strangers;
pub mod takeover;
mod turns;
mod web;
mod words;

pub use clients::keep_client_secret;
pub use feedback::{erase, store};
pub use fresh::fresh;
pub use heal::trust;
pub use moving::{Load, Moved, loads, shift};
pub use new_token::{Renewal, renew};
pub use person::asker;
pub use preview::{Preview, preview};
pub use records::{open_record, rebuild_index, sign_out};
pub use refresh::usable;
pub use refusals::{Refused, Refuser, last_refusal};
pub use reminder::{ends_soon, what_next};
pub use sign_in::{Ends, SignIn, sign_in};
pub use situation::{Situation, Whereabouts, whereabouts};
pub use strangers::named;
pub use web::{Web, came_by_browser, sign_in_client};

use crate::accounts::{Choice, Entry};
use crate::config::AuthScheme;
use crate::credential::{Kind, Record};
use crate::error::{Error, Result, shown};
use crate::protocol::{Answer, Request};
use crate::site::{Product, Site};
use crate::world::World;

/// The names under which a storage keeps what belongs to a site and to no account: a username has no blank in it.
const PLAIN: &str = "plain storage";
const CLIENT: &str = "oauth client ";

/// Answers Git's `get`; `None` is a silent miss, an error a miss (or a refusal of the request) with its words.
pub fn get(world: &World, request: &Request) -> Result<Option<Answer>> {
    if request.is_for_a_key() {
        return Ok(None);
    }
    let (protocol, host) = request.place()?;
    let Some(origin) = Site::of_request(protocol, host) else {
        return hint_at_the_at_sign(host);
    };
    match whereabouts(world, request, origin)? {
        Whereabouts::Strange => Ok(None),
        Whereabouts::Injected(injected) => Ok(Some(injected.answer(request))),
        Whereabouts::Plain(site) => plain::get(world, &site, request),
        Whereabouts::Ours(situation) => on_premise::speakable(&situation, from_account(&situation)?),
    }
}

/// `https://a@b.org@bitbucket.org`: the `@` of a name must be written `%40`, or Git takes the host for `b.org@bitbucket.org`.
fn hint_at_the_at_sign(host: &[u8]) -> Result<Option<Answer>> {
    match host.ends_with(b"@bitbucket.org") {
        true => Err(Error::AtSignInName),
        false => Ok(None),
    }
}

fn from_account(situation: &Situation<'_>) -> Result<Option<Answer>> {
    situation.warn_of_ignored_settings();
    match situation.choose()? {
        Choice::One { name, why } => {
            log::debug!("account {} ({})", shown(&name), why.words());
            from_record(situation, &name)
        }
        Choice::Unknown { name } => {
            log::debug!("account {name} is not signed in");
            signed_in_or_handed(situation, Some(&name)).map_err(|error| said_whom(error, &situation.entry))
        }
        Choice::Nobody => {
            log::debug!("nobody is signed in to {}", situation.site);
            signed_in_or_handed(situation, None)
        }
        Choice::Several { names } => {
            log::debug!("several accounts and no rule: {}", names.join(", "));
            one_of(situation, names)
        }
    }
}

/// A miss for a named account is more useful with the names that are there.
fn said_whom(error: Error, entry: &Entry) -> Error {
    match error {
        Error::SignInNeeded { site, account: Some(account) } if !entry.accounts.is_empty() => {
            Error::UnknownAccount { site, account, known: entry.names() }
        }
        error => error,
    }
}

/// Nothing is stored here; perhaps the helper before us had something.
fn signed_in_or_handed(situation: &Situation<'_>, name: Option<&str>) -> Result<Option<Answer>> {
    match handed::answer(situation)? {
        Some(answer) => Ok(Some(answer)),
        None => sign_in::for_get(situation, name),
    }
}

fn one_of(situation: &Situation<'_>, names: Vec<String>) -> Result<Option<Answer>> {
    match choosing::choose_account(situation, &names)? {
        Some(name) => from_record(situation, &name),
        None => Ok(Some(Answer::quit())),
    }
}

fn from_record(situation: &Situation<'_>, name: &str) -> Result<Option<Answer>> {
    let Some(account) = situation.entry.account(name) else { return sign_in::for_get(situation, Some(name)) };
    let record = open_record(situation.world, &situation.site, account)?;
    match record {
        None => signed_in_or_handed(situation, Some(name)),
        Some(record) if record.is_fresh(situation.world.now()) && may_be_tried(situation, &record)? => {
            log::debug!("answered from storage: it is fresh");
            reminder::remind(situation.world, &situation.site, name, record.kind, record.expires);
            answer(situation, &record, situation.may_resume()).map(Some)
        }
        Some(_) => heal::heal(situation, name),
    }
}

/// The record as Git wants it; `resume` asks Git to come back if the server refuses it.
fn answer(situation: &Situation<'_>, record: &Record, resume: bool) -> Result<Answer> {
    if !record.secret.fits_a_line() || record.secret.is_empty() {
        return Err(Error::UnfitSecret { site: situation.site.short(), account: shown(&record.username) });
    }
    let bearer = takes_bearer(situation, record)?;
    let username = situation.requested_fixed_name().unwrap_or_else(|| record.username.clone());
    Ok(Answer {
        username: (!bearer).then(|| username.into_bytes()),
        password: (!bearer).then(|| record.secret.clone()),
        authtype: bearer.then(|| b"Bearer".to_vec()),
        credential: bearer.then(|| record.secret.clone()),
        refresh: record.refresh.clone().filter(|_| situation.keeps_nothing()),
        expires: record.expires,
        state: situation.request.knows_state.then(|| format!("{}:{}", if resume { 1 } else { 2 }, record.mark)),
        resume,
        ..Answer::default()
    })
}

/// A record that was not refused in this very command, or only as Bearer.
fn may_be_tried(situation: &Situation<'_>, record: &Record) -> Result<bool> {
    if !situation.was_refused(record) {
        return Ok(true);
    }
    let by_name = record.kind == Kind::AccessToken && sends_bearer(situation, record)?;
    if by_name {
        say_what_became_of_bearer(situation.world);
    }
    Ok(by_name)
}

/// Git 2.46 to 2.53 leaves Bearer out of the probe before a large request (fixed in 2.54, ap/http-probe-rpc-use-auth), so a
/// refusal is no word on the token: its fixed name is tried next.
fn say_what_became_of_bearer(world: &World) {
    world.warn(
        "refused as Bearer, so the token goes as x-token-auth; if this was a push of more than 1 MiB, use git 2.54 or later, or \
         `git config http.postBuffer 500m`",
    );
}

/// Bearer where only Bearer works (tokens of a Data Center's project or repository), if this Git can send it.
fn takes_bearer(situation: &Situation<'_>, record: &Record) -> Result<bool> {
    let refused = record.kind == Kind::AccessToken && situation.was_refused(record);
    Ok(sends_bearer(situation, record)? && !refused)
}

fn sends_bearer(situation: &Situation<'_>, record: &Record) -> Result<bool> {
    let scheme = situation.world.settings()?.auth_scheme(&situation.site)?;
    let by_kind = wants_bearer(scheme, situation.product, record.kind);
    let needed = || Ok(record.kind == Kind::HttpToken && on_premise::only_bearer(situation)?);
    Ok(situation.request.knows_authtype && (by_kind || needed()?))
}

fn wants_bearer(scheme: AuthScheme, product: Product, kind: Kind) -> bool {
    match scheme {
        AuthScheme::Basic => false,
        AuthScheme::Bearer => kind != Kind::Password,
        AuthScheme::Auto => product == Product::DataCenter && kind == Kind::AccessToken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use std::path::Path;

    const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";
    const CORP: &str = "protocol=https\nhost=git.corp.example\n";

    /// Does something in the situation of a request; the company's server is known, and takes tokens as Bearer.
    fn within<T>(world: &World, request: &str, act: impl FnOnce(&Situation<'_>) -> T) -> T {
        let request = Request::read(request.as_bytes()).expect("a request");
        let (protocol, host) = request.place().expect("a place");
        let origin = Site::of_request(protocol, host).expect("a site");
        match whereabouts(world, &request, origin).expect("understood") {
            Whereabouts::Ours(situation) => act(&situation),
            _ => panic!("ours"),
        }
    }

    fn world(folder: &Path) -> World {
        let config = "[bitbucket \"https://git.corp.example\"]\n\tproduct = datacenter\n\tauthScheme = bearer\n";
        std::fs::write(folder.join(".gitconfig"), config).expect("written");
        World::in_folder(folder)
    }

    fn record(kind: Kind) -> Record {
        let mut record = Record::new(kind, "alice", Secret::new("secret"));
        (record.mark, record.refresh) = ("mark".into(), Some(Secret::new("refresh")));
        record
    }

    #[test]
    fn a_secret_that_is_no_line_is_not_given_to_git() {
        let folder = tempfile::tempdir().expect("a folder");
        let world = world(folder.path());
        for (secret, fits) in [("", false), ("two\nlines", false), ("one line", true)] {
            let record = Record { secret: Secret::new(secret), ..record(Kind::Password) };
            let answer = within(&world, CLOUD, |situation| answer(situation, &record, false));
            assert_eq!(matches!(answer, Err(Error::UnfitSecret { .. })), !fits, "{secret:?}");
        }
    }

    #[test]
    fn git_is_given_a_refresh_token_only_where_we_keep_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut world = world(folder.path());
        let given = |world: &World| {
            within(world, CLOUD, |situation| answer(situation, &record(Kind::Oauth), false)).expect("an answer").refresh
        };
        assert_eq!(given(&world), None);
        world.wishes.storage = Some("none".into());
        assert_eq!(given(&world), Some(Secret::new("refresh")));
    }

    #[test]
    fn a_fixed_name_of_bitbuckets_in_the_address_is_answered_as_it_stands() {
        let folder = tempfile::tempdir().expect("a folder");
        let world = world(folder.path());
        for (asked, answered) in
            [("username=x-token-auth\n", "x-token-auth"), ("username=al\n", "alice"), ("", "alice")]
        {
            let request = format!("{CLOUD}{asked}");
            let answer = within(&world, &request, |situation| answer(situation, &record(Kind::Oauth), false));
            assert_eq!(answer.expect("an answer").username.as_deref(), Some(answered.as_bytes()), "{asked}");
        }
    }

    #[test]
    fn what_git_saw_refused_is_tried_once_more_only_where_it_went_as_bearer_and_need_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let world = world(folder.path());
        let (knows, refused) = ("capability[]=authtype\n", "state[]=bitbucket:1:mark\n");
        for (request, kind, tried) in [
            (format!("{CORP}{knows}{refused}"), Kind::AccessToken, true),
            (format!("{CORP}{refused}"), Kind::AccessToken, false),
            (format!("{CORP}{knows}{refused}"), Kind::HttpToken, false),
            (format!("{CLOUD}{knows}{refused}"), Kind::AccessToken, false),
            (format!("{CLOUD}{knows}{refused}"), Kind::ApiToken, false),
            (format!("{CLOUD}{knows}state[]=bitbucket:1:another\n"), Kind::ApiToken, true),
            (format!("{CLOUD}{knows}state[]=bitbucket:2:mark\n"), Kind::ApiToken, true),
            (format!("{CLOUD}{knows}"), Kind::ApiToken, true),
        ] {
            let found = within(&world, &request, |situation| may_be_tried(situation, &record(kind)));
            assert_eq!(found.expect("known"), tried, "{kind:?} {request}");
        }
    }
}
