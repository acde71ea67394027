//! The credential of the account that is used: kind, scopes, end, and the server's word on it, asked once.

use super::account;
use super::git::{self, Version};
use super::report::Finding;
use super::target::Target;
use crate::accounts::Account;
use crate::calendar::iso_date;
use crate::commands::accounts::{in_words, storage};
use crate::config::AuthScheme;
use crate::credential::{Kind, Record};
use crate::error::{Error, Result, shown};
use crate::provider::{self, Check, Errand, Verdict, refusal_of};
use crate::resolve::{ends_soon, open_record, usable};
use crate::site::{Product, Site};
use crate::world::World;

/// What is known of it; no secret.
#[derive(Debug)]
pub struct Facts {
    pub site: Site,
    pub whose: Whose,
    pub kept: Result<Option<Kept>>,
    /// Why a browser sign-in could not be refreshed.
    pub not_refreshed: Option<Error>,
    /// `None` where nobody was asked.
    pub word: Option<Result<Verdict>>,
    /// Whether Git must send Bearer with it, and cannot.
    pub needs_newer_git: bool,
    /// Whether the repository at hand takes a push with it, where that could be tried.
    pub may_push: Option<bool>,
}

/// Where it comes from.
#[derive(Debug)]
pub enum Whose {
    Account(Box<Account>),
    /// The variable or key that it was handed in by.
    HandedIn(&'static str),
}

/// A record without its secrets.
#[derive(Debug)]
pub struct Kept {
    kind: Kind,
    expires: Option<u64>,
    scopes: Vec<String>,
    can_refresh: bool,
}

/// Opens the record and, if the server answered before, asks it.
pub fn gather(
    world: &World,
    whom: &account::Facts,
    target: &Target,
    reached: bool,
    git: Option<Version>,
) -> Option<Facts> {
    let (site, product) = (&whom.site, whom.product);
    let (whose, place, (record, not_refreshed)) = match &whom.standing {
        account::Standing::HandedIn(by, record) => (Whose::HandedIn(by), None, (record.clone().map(Some), None)),
        _ => {
            let account = whom.account()?;
            let place = account.bound.clone().filter(|bound| bound.contains('/'));
            (Whose::Account(Box::new(account.clone())), place, stored(world, site, product, account, reached))
        }
    };
    let place = place.as_deref().or(target.place.as_deref());
    let word = match &record {
        Ok(Some(record)) if reached && not_refreshed.is_none() && !is_over(record, world.now()) => {
            Some(ask(world, site, product, record, place))
        }
        _ => None,
    };
    let may_push = match (&record, &word) {
        (Ok(Some(record)), Some(Ok(Verdict::Good { .. }))) => may_push(world, site, product, record, place),
        _ => None,
    };
    let kind = record.as_ref().ok().and_then(|record| Some(record.as_ref()?.kind));
    let needs_newer_git =
        git.is_some_and(|version| version < git::WHOLE) && kind.is_some_and(|kind| goes_as_bearer(world, whom, kind));
    let kept = record.map(|record| record.as_ref().map(kept));
    Some(Facts { site: site.clone(), whose, kept, not_refreshed, word, needs_newer_git, may_push })
}

/// The record, and why it could not be refreshed. A browser sign-in that is due is refreshed, as at any use.
fn stored(
    world: &World,
    site: &Site,
    product: Product,
    account: &Account,
    reached: bool,
) -> (Result<Option<Record>>, Option<Error>) {
    let stored = open_record(world, site, account);
    if !reached {
        return (stored, None);
    }
    match (&stored, usable(world, site, product, account)) {
        (Ok(_), Err(error)) => (stored, Some(error)),
        // it was there, and the server's word ended it
        (Ok(Some(_)), Ok(None)) => {
            (stored, Some(Error::Refused { site: site.short(), about: refusal_of(Kind::Oauth) }))
        }
        (_, fresh) => (fresh, None),
    }
}

fn kept(record: &Record) -> Kept {
    let can_refresh = record.refresh.is_some();
    Kept { kind: record.kind, expires: record.expires, scopes: record.scopes.clone(), can_refresh }
}

fn is_over(record: &Record, now: u64) -> bool {
    record.expires.is_some_and(|end| end <= now) && record.refresh.is_none()
}

fn ask(world: &World, site: &Site, product: Product, record: &Record, place: Option<&str>) -> Result<Verdict> {
    let http = world.http(site)?;
    // a phone may have to approve it, so it has the time that the settings give
    let limit = world.limit(site, false)?;
    provider::of(product).check(&Check { http: &http, site, record, place, limit })
}

/// A read-only token is refused only in the middle of a push, and git says no more than 403.
fn may_push(world: &World, site: &Site, product: Product, record: &Record, place: Option<&str>) -> Option<bool> {
    let place = place.filter(|place| product == Product::DataCenter && place.split('/').count() == 2)?;
    let (http, limit) = (world.http(site).ok()?, world.limit(site, false).ok()?);
    let check = Check { http: &http, site, record, place: Some(place), limit };
    provider::allows(&check, place, Errand::Push).ok().flatten()
}

fn goes_as_bearer(world: &World, whom: &account::Facts, kind: Kind) -> bool {
    let basic_is_off = kind == Kind::HttpToken && whom.entry.basic == Some(false);
    match world.settings().and_then(|settings| settings.auth_scheme(&whom.site)) {
        Ok(AuthScheme::Bearer) => kind != Kind::Password,
        Ok(AuthScheme::Auto) => whom.product == Product::DataCenter && (kind == Kind::AccessToken || basic_is_off),
        _ => false,
    }
}

pub fn judge(facts: &Facts, now: u64) -> Vec<Finding> {
    let kept = match &facts.kept {
        Ok(Some(kept)) => kept,
        Ok(None) => return vec![Finding::error("credential.kept", &sign_in(facts))],
        Err(error) => return vec![Finding::error("credential.kept", error)],
    };
    let from = match &facts.whose {
        Whose::HandedIn(by) => format!("handed in by `{by}`"),
        Whose::Account(account) => {
            let bound = account.bound.as_ref().map(|bound| format!(", made for {}", shown(bound))).unwrap_or_default();
            format!("kept in {}{bound}", storage(account))
        }
    };
    let kind = format!("{}, {from}", kept.kind.title());
    let all = [
        Some(Finding::ok("credential.kept", kind)),
        end(facts, kept, now),
        scopes(facts, &kept.scopes),
        facts.needs_newer_git.then(|| newer_git(kept)),
        facts.not_refreshed.as_ref().map(|error| Finding::error("credential.refresh", error)),
        facts.word.as_ref().map(|word| servers_word(facts, word)),
        (facts.may_push == Some(false)).then(|| only_reads(facts)),
    ];
    all.into_iter().flatten().collect()
}

fn sign_in(facts: &Facts) -> Error {
    let account = match &facts.whose {
        Whose::Account(account) => Some(shown(&account.name)),
        Whose::HandedIn(_) => None,
    };
    Error::SignInNeeded { site: facts.site.short(), account }
}

/// What to do with a better one.
fn login(facts: &Facts) -> String {
    match facts.whose {
        Whose::Account(_) => sign_in(facts).hint().unwrap_or_default(),
        Whose::HandedIn(by) => format!("put a good one where `{by}` takes it from"),
    }
}

fn end(facts: &Facts, kept: &Kept, now: u64) -> Option<Finding> {
    const CHECK: &str = "credential.end";
    let Some(end) = kept.expires else {
        let tip = "say it at the next sign-in, to be reminded: `git credential-bitbucket login --expires DATE`";
        let can_be_said = kept.kind.is_made_by_hand() && matches!(facts.whose, Whose::Account(_));
        return can_be_said.then(|| Finding::tip(CHECK, "when it ends is not known here", tip));
    };
    let what = kept.kind.title();
    if let Some(words) = ends_soon(kept.kind, kept.expires, now) {
        return Some(Finding::warn(
            CHECK,
            format!("the {what} {words}"),
            format!("make a new one, then {}", login(facts)),
        ));
    }
    Some(match (end <= now, kept.can_refresh) {
        (true, false) => {
            Finding::bad(CHECK, format!("the {what} {} ({})", in_words(end, now), iso_date(end)), login(facts))
        }
        (true, true) => Finding::ok(CHECK, "its access has ended and is refreshed at the next use"),
        (false, true) => Finding::ok(CHECK, format!("its access {}, and is refreshed by itself", in_words(end, now))),
        (false, false) => Finding::ok(CHECK, format!("the {what} {} ({})", in_words(end, now), iso_date(end))),
    })
}

/// Scopes of API tokens, where writing does not include reading, and of OAuth and access tokens, where it does
/// (bitbucket-auth A1, A3, B2).
fn scopes(facts: &Facts, scopes: &[String]) -> Option<Finding> {
    const CHECK: &str = "credential.scopes";
    const READ: [&str; 6] =
        ["read:repository:bitbucket", "repository", "repository:write", "repository:admin", "REPO_READ", "REPO_WRITE"];
    const WRITE: [&str; 4] = ["write:repository:bitbucket", "repository:write", "repository:admin", "REPO_WRITE"];
    let granted = match &facts.word {
        Some(Ok(Verdict::Good { scopes, .. } | Verdict::Nameless { granted: scopes })) if !scopes.is_empty() => scopes,
        _ => scopes,
    };
    if granted.is_empty() {
        return None;
    }
    let may = |wanted: &[&str]| granted.iter().any(|scope| wanted.contains(&scope.as_str()));
    let listed = shown(&granted.join(", "));
    let again = format!("make one with the scopes for reading and writing repositories, then {}", login(facts));
    Some(match (may(&READ), may(&WRITE)) {
        (false, _) => Finding::bad(CHECK, format!("it may not clone: it is for {listed}"), again),
        (true, false) => Finding::warn(CHECK, format!("it may clone and not push: it is for {listed}"), again),
        (true, true) => Finding::ok(CHECK, format!("it may clone and push: {listed}")),
    })
}

fn newer_git(kept: &Kept) -> Finding {
    let text = format!("the {} goes as Bearer, which this git cannot send", kept.kind.title());
    Finding::bad("credential.bearer", text, "install Git 2.46 or later, or sign in with a personal token")
}

fn only_reads(facts: &Facts) -> Finding {
    let remedy = format!("to push, make one that may write to repositories, then {}", login(facts));
    Finding::warn("credential.push", "it may not push to this repository: it only reads", remedy)
}

fn servers_word(facts: &Facts, word: &Result<Verdict>) -> Finding {
    const CHECK: &str = "credential.word";
    let site = facts.site.short();
    match word {
        Err(stop) => Finding::error(CHECK, stop),
        Ok(Verdict::Good { username, .. }) => {
            Finding::ok(CHECK, format!("the server accepts it as {}", shown(username)))
        }
        Ok(Verdict::Nameless { .. }) => Finding::ok(CHECK, "the server accepts it, and does not say whose it is"),
        Ok(Verdict::SecondFactor) => Finding::error(CHECK, &Error::SecondFactor { site }),
        Ok(Verdict::Refused(about)) => {
            let refused = Error::Refused { site, about: *about };
            let why = refused.hint().map(|hint| format!("{hint}; then ")).unwrap_or_default();
            Finding::bad(CHECK, refused.to_string(), format!("{why}{}", login(facts)))
        }
        Ok(Verdict::Unknown(why)) => {
            Finding::warn(CHECK, format!("the server did not say: {why}"), why.hint().unwrap_or_else(|| login(facts)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::report;
    use super::*;
    use crate::calendar::DAY;

    const NOW: u64 = 1_795_608_000;

    fn facts(kind: Kind, expires: Option<u64>, scopes: &[&str]) -> Facts {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        Facts {
            site: Site::cloud(),
            whose: Whose::Account(Box::new(Account::new("alice", kind, "file"))),
            kept: Ok(Some(Kept { kind, expires, scopes, can_refresh: kind == Kind::Oauth })),
            not_refreshed: None,
            word: None,
            needs_newer_git: false,
            may_push: None,
        }
    }

    fn verdict(facts: &Facts, check: &str) -> Option<report::Verdict> {
        judge(facts, NOW).iter().find(|finding| finding.check == check).map(|finding| finding.verdict)
    }

    #[test]
    fn an_end_is_told_before_and_after_it_comes() {
        use report::Verdict::{Bad, Ok, Warn};
        let end = |kind, expires| verdict(&facts(kind, expires, &[]), "credential.end");
        assert_eq!(end(Kind::ApiToken, Some(NOW - DAY)), Some(Bad));
        assert_eq!(end(Kind::ApiToken, Some(NOW + 9 * DAY)), Some(Warn));
        assert_eq!(end(Kind::ApiToken, Some(NOW + 90 * DAY)), Some(Ok));
        assert_eq!(end(Kind::ApiToken, None), Some(Ok));
        assert_eq!(end(Kind::Password, None), None);
        assert_eq!(end(Kind::Oauth, Some(NOW - DAY)), Some(Ok));
    }

    #[test]
    fn writing_includes_reading_for_access_tokens_and_not_for_api_tokens() {
        use report::Verdict::{Bad, Ok, Warn};
        let scopes = |scopes: &[&str]| verdict(&facts(Kind::ApiToken, None, scopes), "credential.scopes");
        assert_eq!(scopes(&["read:repository:bitbucket", "write:repository:bitbucket"]), Some(Ok));
        assert_eq!(scopes(&["repository:write"]), Some(Ok));
        assert_eq!(scopes(&["read:repository:bitbucket"]), Some(Warn));
        assert_eq!(scopes(&["write:repository:bitbucket"]), Some(Bad));
        assert_eq!(scopes(&["read:user:bitbucket"]), Some(Bad));
        assert_eq!(scopes(&[]), None);
    }

    #[test]
    fn a_refusal_is_bad_and_an_outage_only_leaves_it_open() {
        let word = |word| verdict(&Facts { word: Some(word), ..facts(Kind::ApiToken, None, &[]) }, "credential.word");
        let outage = Error::Unexpected { host: "h".into(), status: 503 };
        assert_eq!(word(Ok(Verdict::Refused(refusal_of(Kind::ApiToken)))), Some(report::Verdict::Bad));
        assert_eq!(word(Ok(Verdict::Unknown(outage))), Some(report::Verdict::Warn));
        assert_eq!(word(Err(Error::Captcha { site: "h".into(), page: "p".into() })), Some(report::Verdict::Bad));
    }
}
