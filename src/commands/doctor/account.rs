//! Whom Git means here: whether the site is ours, which account is chosen and why, and what was last refused.

use super::report::Finding;
use super::target::Target;
use crate::accounts::{Account, Choice, Entry};
use crate::commands::accounts::span;
use crate::config::Settings;
use crate::credential::{Kind, Record};
use crate::error::{Error, Result, shown};
use crate::resolve::{Refused, Refuser, Whereabouts, last_refusal, whereabouts};
use crate::site::{Product, Site};
use crate::world::World;

/// How a question of Git's about this site stands.
#[derive(Debug)]
pub enum Standing {
    /// Not ours.
    Strange,
    /// We only keep what Git stores.
    Plain,
    /// A token was handed in, by this variable or key.
    HandedIn(&'static str, Result<Record>),
    Ours(Result<Choice>),
    /// Ours, and not answered.
    Stopped(Error),
}

#[derive(Debug)]
pub struct Facts {
    pub site: Site,
    pub product: Product,
    pub standing: Standing,
    pub entry: Entry,
    pub refused: Option<Refused>,
    /// Whether Git tells us paths, which rules and tokens of a repository depend on.
    pub sends_path: bool,
}

/// A refusal of the last day is probably what somebody is here for.
const RECENT: u64 = crate::calendar::DAY;

impl Facts {
    /// The account that would be used.
    pub fn account(&self) -> Option<&Account> {
        match &self.standing {
            Standing::Ours(Ok(Choice::One { name, .. })) => self.entry.account(name),
            _ => None,
        }
    }

    /// The kind of the credential that would be used.
    pub fn kind(&self) -> Option<Kind> {
        match &self.standing {
            Standing::HandedIn(_, Ok(record)) => Some(record.kind),
            _ => self.account().map(|account| account.kind),
        }
    }
}

pub fn gather(world: &World, settings: &Settings, target: &Target) -> Facts {
    let sends_path = settings.sends_path(&target.url);
    let origin = target.site.under("").unwrap_or_else(|| target.site.clone());
    let mut facts = Facts {
        site: target.site.clone(),
        product: target.site.product_by_host(),
        standing: Standing::Strange,
        entry: Entry::default(),
        refused: last_refusal(world, &target.site),
        sends_path,
    };
    match whereabouts(world, &target.request, origin) {
        Err(error) => facts.standing = Standing::Stopped(error),
        Ok(Whereabouts::Strange) => {}
        Ok(Whereabouts::Plain(_)) => facts.standing = Standing::Plain,
        Ok(Whereabouts::Injected(injected)) => {
            facts.standing = Standing::HandedIn(injected.by(), injected.record());
            (facts.site, facts.product) = (injected.site, injected.product);
        }
        Ok(Whereabouts::Ours(situation)) => {
            (facts.site, facts.product) = (situation.site.clone(), situation.product);
            facts.standing = Standing::Ours(situation.choose());
            facts.entry = situation.entry;
        }
    }
    facts
}

pub fn judge(facts: &Facts, target: &Target, now: u64) -> Vec<Finding> {
    let mut findings = vec![standing(facts)];
    findings.extend(paths(facts, target));
    findings.extend(address(facts, target));
    findings.extend(facts.refused.as_ref().map(|refused| refusal(facts, refused, now)));
    findings
}

fn standing(facts: &Facts) -> Finding {
    const CHECK: &str = "account.choice";
    let site = facts.site.short();
    match &facts.standing {
        Standing::Strange => Finding::bad(
            "account.site",
            format!(
                "{} is not known here to be a Bitbucket: nobody signed in there, and no setting names it",
                facts.site
            ),
            format!(
                "`git credential-bitbucket login {0}`, or `git config --global bitbucket.{0}.product datacenter`",
                facts.site
            ),
        ),
        Standing::Plain => {
            Finding::ok("account.site", "`bitbucket.signIn` is never: we keep what git stores, and no more")
        }
        Standing::HandedIn(by, _) => Finding::ok(CHECK, format!("the token in `{by}` is used, before every account")),
        Standing::Stopped(error) | Standing::Ours(Err(error)) => Finding::error("account.site", error),
        Standing::Ours(Ok(Choice::One { name, why })) => {
            Finding::ok(CHECK, format!("{} is used: {}", shown(name), why.words()))
        }
        Standing::Ours(Ok(Choice::Unknown { name })) => {
            Finding::error(CHECK, &Error::SignInNeeded { site, account: Some(shown(name)) })
        }
        Standing::Ours(Ok(Choice::Several { names })) => {
            Finding::error(CHECK, &Error::Ambiguous { site, accounts: names.iter().map(|name| shown(name)).collect() })
        }
        Standing::Ours(Ok(Choice::Nobody)) => Finding::error(CHECK, &Error::SignInNeeded { site, account: None }),
    }
}

/// Rules hold for workspaces and projects, which Git keeps to itself unless told otherwise (gitcredentials, "useHttpPath").
fn paths(facts: &Facts, target: &Target) -> Option<Finding> {
    let bound = facts.entry.accounts.iter().any(|account| account.bound.is_some());
    let needed = (bound || !facts.entry.rules.is_empty()) && !facts.sends_path;
    let text = "an account is chosen by workspace or project here, and git does not tell us which";
    let remedy = format!("`git config --global credential.{}.useHttpPath true`", target.site);
    needed.then(|| Finding::bad("account.path", text, remedy))
}

/// Git first tries a name in the address with an empty password; a Data Center counts that towards its CAPTCHA
/// (Atlassian KB 779171704).
fn address(facts: &Facts, target: &Target) -> Option<Finding> {
    let remote = target.remote.as_ref().filter(|remote| remote.has_user && !remote.has_secret)?;
    let text = format!(
        "the address of the remote {} has a user in it, which costs a failed sign-in a command",
        shown(&remote.name)
    );
    let remedy = format!("`git remote set-url {} {}`", shown(&remote.name), shown(&remote.bare));
    (facts.product == Product::DataCenter).then(|| Finding::warn("account.address", text, remedy))
}

fn refusal(facts: &Facts, refused: &Refused, now: u64) -> Finding {
    const CHECK: &str = "account.refused";
    let (name, ago) = (shown(&refused.account), span(now.saturating_sub(refused.when).max(1)));
    let who = match refused.by {
        Refuser::Git => format!("git was refused as {name}"),
        Refuser::Server => format!("the server said that the credential of {name} is no longer good"),
        Refuser::Repository => format!("the server knew {name}, and refused the repository"),
    };
    let login = format!("sign in again: `git credential-bitbucket login {} --username {name}`", facts.site.short());
    let remedy = match refused.by {
        Refuser::Server => login,
        Refuser::Git => format!("if what stands below is well, {name} may not open that repository; else {login}"),
        Refuser::Repository => {
            format!("ask for access, or use another account: `git credential-bitbucket switch {}`", facts.site.short())
        }
    };
    let text = format!("{ago} ago {who}");
    match now.saturating_sub(refused.when) < RECENT {
        true => Finding::warn(CHECK, text, remedy),
        false => Finding::ok(CHECK, text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Verdict;
    use super::*;

    fn facts(standing: Standing) -> Facts {
        let (site, product) = (Site::cloud(), Product::Cloud);
        Facts { site, product, standing, entry: Entry::default(), refused: None, sends_path: false }
    }

    #[test]
    fn whoever_is_not_signed_in_is_told_the_command() {
        let cases = [
            (Choice::Nobody, "login bitbucket.org`"),
            (Choice::Unknown { name: "bob".into() }, "login bitbucket.org --username bob`"),
            (Choice::Several { names: vec!["alice".into(), "bob".into()] }, "switch bitbucket.org alice`"),
        ];
        for (choice, command) in cases {
            let finding = standing(&facts(Standing::Ours(Ok(choice))));
            assert_eq!(finding.verdict, Verdict::Bad);
            assert!(finding.remedy.as_ref().is_some_and(|remedy| remedy.contains(command)), "{finding:?}");
        }
        assert_eq!(standing(&facts(Standing::Strange)).check, "account.site");
    }

    #[test]
    fn an_old_refusal_is_only_history() {
        let facts = facts(Standing::Plain);
        let refused = Refused { when: 1_000_000, by: Refuser::Git, account: "alice".into() };
        let fresh = refusal(&facts, &refused, 1_000_120);
        assert_eq!(fresh.verdict, Verdict::Warn);
        assert!(fresh.text.starts_with("2 minutes ago git was refused as alice"), "{}", fresh.text);
        assert_eq!(refusal(&facts, &refused, 1_000_000 + 3 * RECENT).verdict, Verdict::Ok);
    }
}
