//! What administrators install at a company's own Bitbucket, and what happens then: each file a row of the README's table
//! or two, with real gits, and each step with its price in failed sign-ins and in pushes to a phone.

mod access_tokens;
mod ages;
mod basic_off;
mod captcha;
mod front_doors;
mod ldap;
pub mod people;
mod phone;
mod refused;
mod renewal;
mod single_sign_on;
mod table;
mod token_plugin;
mod two_step;

use crate::stage::{Desk, Done};
use bitbucket_sandbox::data_center::DataCenter;
use bitbucket_sandbox::data_center::plugins::Phone;
use bitbucket_sandbox::{Sandbox, seeds};
use std::path::Path;

const HOST: &str = "protocol=https\nhost=git.corp.example\n";
const DAY: u64 = 86_400;

/// A repository of the company, and one in which Alice may write.
fn app() -> String {
    format!("{}/scm/{}.git", seeds::CORP, seeds::DC_APP)
}

/// A sandbox whose `git.corp.example` has been set up so.
fn corp(set_up: impl FnOnce(&mut DataCenter)) -> Sandbox {
    let sandbox = Sandbox::start();
    sandbox.data_center(seeds::CORP, set_up);
    sandbox
}

/// A desk of somebody at that company, whose git config names the server; nobody is at the terminal.
fn desk(sandbox: &Sandbox, git: &Path) -> Desk {
    let desk = Desk::at(sandbox).with_git(git);
    desk.configure(&format!("[bitbucket \"{}\"]\n\tproduct = datacenter\n", seeds::CORP));
    desk
}

/// Signs in with a secret on stdin.
fn signs_in(desk: &Desk, arguments: &[&str], secret: &str) -> Done {
    desk.signs_in(seeds::CORP, arguments, secret)
}

/// Signs in as Alice with a password on stdin.
fn by_password(desk: &Desk, password: &str) -> Done {
    signs_in(desk, &["--username", seeds::ALICE], password)
}

fn clones(desk: &Desk) -> Done {
    desk.git(&["clone", "-q", &app(), "app"])
}

fn fetches(desk: &Desk) -> Done {
    desk.git(&["-C", "app", "fetch", "-q"])
}

fn pushes(desk: &Desk) -> Done {
    desk.git(&["-C", "app", "commit", "-q", "--allow-empty", "-m", "more"]).succeeds();
    desk.git(&["-C", "app", "push", "-q"])
}

/// A clone, a fetch and a push, as on any other day.
#[track_caller]
fn works(desk: &Desk) {
    clones(desk).succeeds();
    fetches(desk).succeeds();
    pushes(desk).succeeds();
}

/// What the steps since the last look have cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cost {
    /// Failed sign-ins of anybody, as the server counts them.
    failed: u32,
    /// Those with an empty secret, which git itself makes where an address has a name in it.
    empty: u32,
    /// Pushes to Alice's phone.
    pushes: usize,
}

const NOTHING: Cost = Cost { failed: 0, empty: 0, pushes: 0 };
/// One wrong secret, sent once.
const ONE_FAILURE: Cost = Cost { failed: 1, ..NOTHING };

/// Keeps the count.
struct Bill<'a> {
    sandbox: &'a Sandbox,
    phone: Option<Phone>,
    before: Cost,
}

impl<'a> Bill<'a> {
    fn of(sandbox: &'a Sandbox) -> Self {
        Self { sandbox, phone: None, before: NOTHING }
    }

    fn with(self, phone: &Phone) -> Self {
        Self { phone: Some(phone.clone()), ..self }
    }

    /// The cost since the last call.
    fn since(&mut self) -> Cost {
        let total = self.sandbox.data_center(seeds::CORP, |site| site.directory.failures.total());
        let pushes = self.phone.as_ref().map_or(0, |phone| phone.push_count(seeds::ALICE));
        let now = Cost { failed: total.wrong, empty: total.empty, pushes };
        let spent = Cost {
            failed: now.failed - self.before.failed,
            empty: now.empty - self.before.empty,
            pushes: now.pushes - self.before.pushes,
        };
        self.before = now;
        spent
    }

    #[track_caller]
    fn is(&mut self, cost: Cost) {
        assert_eq!(self.since(), cost);
    }
}

/// What holds whatever was installed: secrets went to REST and to git's own paths and nowhere else, and no cookie was sent.
#[track_caller]
fn keeps_to_its_paths(sandbox: &Sandbox) {
    for seen in sandbox.requests_to("git.corp.example") {
        let own = ["/rest/", "/scm/"].iter().any(|path| seen.target.starts_with(path));
        assert!(own || seen.authorization.is_none(), "{seen}");
        assert!(!seen.headers.contains_key("cookie"), "{seen}");
    }
    for seen in sandbox.requests_to("sso.corp.example") {
        assert!(seen.authorization.is_none(), "{seen}");
    }
}

/// The requests of ours, not of git's, that carried a secret.
fn checks(sandbox: &Sandbox) -> usize {
    sandbox.api_requests().iter().filter(|seen| seen.authorization.is_some()).count()
}

/// The git that can send Bearer (2.46), and one that cannot; where there is only one, that.
fn can_bearer(git: &Path) -> bool {
    let version = Desk::alone().with_git(git).git(&["version"]).succeeds().out;
    let number = |part: Option<&str>| part.and_then(|part| part.trim().parse::<u32>().ok()).unwrap_or_default();
    let mut parts = version.trim_start_matches("git version ").split('.');
    (number(parts.next()), number(parts.next())) >= (2, 46)
}

/// Weeks go by: what is kept has ended.
fn time_is_over(desk: &Desk) {
    for file in std::fs::read_dir(desk.data().join("records")).expect("records") {
        let path = file.expect("one").path();
        let text = std::fs::read_to_string(&path).expect("text");
        let Some(at) = text.find("expires") else { continue };
        let digits = at + text[at..].find(|c: char| c.is_ascii_digit()).expect("a number");
        let end = digits + text[digits..].find(|c: char| !c.is_ascii_digit()).expect("its end");
        std::fs::write(&path, format!("{}1{}", &text[..digits], &text[end..])).expect("written");
    }
}

impl Done {
    /// Git is told to ask nobody else, and the person why.
    #[track_caller]
    fn says_and_quits(self, words: &str) {
        assert_eq!(self.out, "quit=1\n", "{}", self.err);
        assert!(self.err.contains(words), "{}", self.err);
    }
}
