//! A wrong secret costs the server one failed login, whoever sends it: a Data Center locks people out after a few. The
//! sandbox counts.

use crate::stage::{Desk, gits};
use bitbucket_sandbox::{Sandbox, seeds};

const APP: &str = "https://bitbucket.org/acme/app.git";

/// A place where somebody signs in with something wrong.
struct Door {
    site: &'static str,
    address: &'static str,
    name: &'static str,
    wrong: &'static str,
    right: &'static str,
}

const CLOUD: Door = Door {
    site: "bitbucket.org",
    address: APP,
    name: seeds::ALICE_EMAIL,
    wrong: "ATATT3xFfGF0canary-mistyped",
    right: seeds::API_TOKEN,
};
const PASSWORD: Door = Door {
    site: seeds::CODE,
    address: "https://code.corp.example/bitbucket/scm/prj/app.git",
    name: "alice",
    wrong: "canary-mistyped",
    right: seeds::DC_ALICE_PASSWORD,
};
const HTTP_TOKEN: Door = Door { wrong: "BBDC-canary-mistyped", right: seeds::HTTP_TOKEN, ..PASSWORD };
const DOORS: [Door; 3] = [CLOUD, PASSWORD, HTTP_TOKEN];

impl Door {
    /// A desk with a person who gives this secret whenever asked.
    fn desk(&self, sandbox: &Sandbox, secret: &str) -> Desk {
        let desk = Desk::at(sandbox).person_says(&[
            ("Token ", secret),
            ("password ", secret),
            ("E-mail", self.name),
            ("Username", self.name),
        ]);
        desk.configure(&format!("[bitbucket \"{}\"]\n\tproduct = datacenter\n", seeds::CODE));
        desk
    }
}

fn refusals(sandbox: &Sandbox, secret: &str) -> usize {
    sandbox.requests().into_iter().filter(|seen| seen.carries(secret) && seen.status == 401).count()
}

/// What the servers count themselves, towards a CAPTCHA.
fn counted(sandbox: &Sandbox) -> u32 {
    let cloud = sandbox.cloud(|cloud| cloud.failures.total());
    let server = sandbox.data_center(seeds::CODE, |server| server.directory.failures.total());
    cloud.wrong + server.wrong
}

#[test]
fn at_login() {
    for door in DOORS {
        let sandbox = Sandbox::start();
        door.desk(&sandbox, door.wrong).signs_in(door.site, &["--username", door.name], door.wrong).fails();
        assert_eq!(refusals(&sandbox, door.wrong), 1, "{}", door.wrong);
        assert!(counted(&sandbox) <= 1);
    }
}

#[test]
fn in_a_clone() {
    for git in gits() {
        for door in DOORS {
            let sandbox = Sandbox::start();
            let desk = door.desk(&sandbox, door.wrong).with_git(&git);
            let clone = desk.git(&["clone", door.address, "x"]).fails();
            assert!(clone.err.contains("does not accept"), "{}", clone.err);
            assert_eq!(refusals(&sandbox, door.wrong), 1, "{} with {}", door.wrong, git.display());
            assert!(counted(&sandbox) <= 1);
        }
    }
}

#[test]
fn in_a_push_whose_stored_secret_is_dead_and_whose_new_one_is_wrong() {
    for git in gits() {
        for door in DOORS {
            let sandbox = Sandbox::start();
            let desk = door.desk(&sandbox, door.wrong).with_git(&git);
            desk.signs_in(door.site, &["--username", door.name], door.right).succeeds();
            desk.git(&["clone", door.address, "x"]).succeeds();
            desk.git(&["-C", "x", "commit", "--allow-empty", "-m", "more"]).succeeds();
            kill(&sandbox, door.right);
            // an older git gives up at once and asks at the next command
            desk.git(&["-C", "x", "push"]).fails();
            desk.git(&["-C", "x", "push"]).fails();
            desk.git(&["-C", "x", "push"]).fails();
            let pushes_that_asked = desk.asked().iter().filter(|question| !question.contains("E-mail")).count();
            assert!(refusals(&sandbox, door.wrong) <= pushes_that_asked, "once for each time that it was typed");
            // a 401 may mean the repository or the name, so that the server is asked about a token before it is given up, on
            // a Data Center as Bearer, which no CAPTCHA counts; a password is not asked about
            let most = if door.wrong == PASSWORD.wrong { 1 } else { 2 };
            assert!((1..=most).contains(&refusals(&sandbox, door.right)), "{} with {}", door.right, git.display());
            let typed = u32::try_from(refusals(&sandbox, door.wrong)).expect("a few");
            let server = sandbox.data_center(seeds::CODE, |server| server.directory.failures.total().wrong);
            assert!(server <= 1 + typed, "{server} counted towards a CAPTCHA");
        }
    }
}

fn kill(sandbox: &Sandbox, secret: &str) {
    let revoked = sandbox.revoke(secret);
    let changed = sandbox.data_center(seeds::CODE, |server| {
        let mut people = server.directory.people.iter_mut().filter(|person| person.password == secret);
        people.next().map(|person| person.password = "canary-changed".to_owned()).is_some()
    });
    assert!(revoked || changed);
}

#[test]
fn a_username_in_the_address_costs_gits_own_empty_try_and_nothing_of_ours() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = Desk::at(&sandbox).with_git(&git);
        desk.signs_in(seeds::CODE, &["--username", "alice"], seeds::DC_ALICE_PASSWORD).succeeds();
        desk.git(&["clone", "https://alice@code.corp.example/bitbucket/scm/prj/app.git", "x"]).succeeds();
        let counted = sandbox.data_center(seeds::CODE, |server| server.directory.failures.total());
        assert_eq!(counted.wrong, 0);
        assert!(counted.empty <= 1, "{counted:?}");
    }
}
