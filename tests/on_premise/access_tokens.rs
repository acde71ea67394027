//! HTTP access tokens, the normal way in: made at a sign-in by password, within the administrator's policy; of projects and
//! repositories; and what is left to do where the server makes none.

use super::people::{Person, alice};
use super::{
    Bill, DAY, HOST, NOTHING, ONE_FAILURE, by_password, clones, corp, desk, fetches, keeps_to_its_paths, signs_in,
    works,
};
use crate::stage::{Desk, Terminal, gits};
use bitbucket_sandbox::data_center::{Endless, HttpToken, TokenPolicy};
use bitbucket_sandbox::{Fault, Sandbox, seeds};

const PAGE: &str = "https://git.corp.example/plugins/servlet/access-tokens/manage";

fn newest(sandbox: &Sandbox) -> HttpToken {
    sandbox.data_center(seeds::CORP, |site| site.directory.tokens.last().cloned().expect("a token"))
}

fn days(sandbox: &Sandbox) -> Option<u64> {
    let token = newest(sandbox);
    token.expires.map(|end| (end - token.created) / DAY)
}

/// Alice signs in by password and takes the token; her answer to the question when it shall end.
fn takes_a_token(desk: &Desk, end: &str) -> String {
    let person = alice(desk, seeds::DC_ALICE_PASSWORD).answers("and forget the password?", "");
    person.answers("When shall it end?", end).ends().succeeds().err
}

#[test]
fn a_password_makes_a_token_that_git_uses_and_is_forgotten() {
    for git in gits() {
        let sandbox = corp(|_| {});
        let mut bill = Bill::of(&sandbox);
        let desk = desk(&sandbox, &git);
        let said = takes_a_token(&desk, "");
        let token = newest(&sandbox);
        assert!(token.name.starts_with("git on ") && token.name.contains(", 20"), "{}", token.name);
        assert_eq!(token.permissions, ["PROJECT_READ", "REPO_WRITE"]);
        assert!(said.contains(&token.name) && said.contains("it has no end") && !said.contains("canary"), "{said}");
        works(&desk);
        assert_eq!(desk.get(HOST).value("password"), Some(token.secret.as_str()));
        for file in std::fs::read_dir(desk.data().join("records")).expect("records") {
            let text = std::fs::read_to_string(file.expect("one").path()).expect("text");
            assert!(!text.contains(seeds::DC_ALICE_PASSWORD), "{text}");
        }
        assert!(sandbox.revoke(&token.secret));
        bill.is(NOTHING);
        fetches(&desk).fails();
        bill.is(ONE_FAILURE);
        fetches(&desk).fails();
        bill.is(NOTHING);
        keeps_to_its_paths(&sandbox);
    }
}

#[test]
fn the_servers_policy_binds_and_the_end_is_kept() {
    let policy = |endless| TokenPolicy { max_days: Some(90), endless, most: None };
    for endless in [Endless::Refused, Endless::GetsTheMost] {
        for (end, expected) in [("", 90), ("30", 30), ("400 days", 90)] {
            let sandbox = corp(|site| site.directory.token_policy = policy(endless));
            let desk = Desk::at(&sandbox);
            let said = takes_a_token(&desk, end);
            assert_eq!(days(&sandbox), Some(expected), "{endless:?} {end}");
            assert!(said.contains("it ends on 20"), "{said}");
            assert_eq!(said.contains("what the server's rules allow"), end.starts_with("400"), "{said}");
            let listed = desk.helper(&["accounts", "--json"], "").succeeds().out;
            assert!(
                listed.contains(&format!("\"expires\": {}", newest(&sandbox).expires.expect("an end"))),
                "{listed}"
            );
            Bill::of(&sandbox).is(NOTHING);
        }
    }
}

#[test]
fn an_end_that_is_said_beforehand_is_not_asked_for() {
    let sandbox = corp(|_| {});
    let desk = Desk::at(&sandbox);
    let person = Person::signs_in(&desk, &["--username", seeds::ALICE, "--password", "--expires", "45"]);
    person.answers("Password of alice at", seeds::DC_ALICE_PASSWORD).answers("and forget", "").ends().succeeds();
    assert_eq!(days(&sandbox), Some(45));
}

#[test]
fn an_end_that_makes_no_sense_is_asked_for_again() {
    let sandbox = corp(|_| {});
    let desk = Desk::at(&sandbox);
    let person = alice(&desk, seeds::DC_ALICE_PASSWORD).answers("and forget the password?", "y");
    person.answers("When shall it end?", "soon").sees("no date ahead").answers("When shall", "7").ends().succeeds();
    assert_eq!(days(&sandbox), Some(7));
}

#[test]
fn where_no_more_tokens_are_allowed_the_servers_words_are_shown_and_the_password_is_kept() {
    let sandbox = corp(|site| site.directory.token_policy.most = Some(4));
    let desk = Desk::at(&sandbox);
    let said = takes_a_token(&desk, "30");
    assert!(said.contains("made no HTTP access token: The maximum number of tokens has been reached"), "{said}");
    assert!(said.contains(PAGE) && said.contains("as alice; kept"), "{said}");
    assert_eq!(desk.get(HOST).value("password"), Some(seeds::DC_ALICE_PASSWORD));
}

#[test]
fn where_the_server_makes_none_the_page_is_named() {
    for version in ["5.4.0", "9.4.6"] {
        let sandbox = corp(|site| {
            site.age(version);
            site.switches.token_rest = false;
        });
        let desk = Desk::at(&sandbox);
        let said = takes_a_token(&desk, "");
        assert!(said.contains("does not let a program make HTTP access tokens") && said.contains(PAGE), "{said}");
        assert_eq!(desk.get(HOST).value("password"), Some(seeds::DC_ALICE_PASSWORD));
    }
}

#[test]
fn a_name_with_an_at_sign_is_found_by_what_the_server_calls_it() {
    let sandbox = corp(|_| {});
    let desk = Desk::at(&sandbox);
    let person = Person::signs_in(&desk, &["--username", "CAROL@corp.example"]);
    let person = person.answers("HTTP access token or password of CAROL@corp.example", seeds::DC_CAROL_PASSWORD);
    person.answers("and forget", "").answers("When shall it end?", "").ends().succeeds();
    let answer = desk.get(HOST);
    assert_eq!(answer.value("username"), Some(seeds::CAROL), "as the server writes it");
    assert_eq!(answer.value("password"), Some(newest(&sandbox).secret.as_str()));
}

#[test]
fn who_only_reads_gets_a_token_that_only_reads() {
    for git in gits() {
        let sandbox = corp(|_| {});
        let desk = desk(&sandbox, &git);
        let person = Person::signs_in(&desk, &["--read-only", "--username", seeds::ALICE]);
        let person = person.answers("of alice at", seeds::DC_ALICE_PASSWORD).answers("and forget", "");
        person.answers("When shall it end?", "").ends().succeeds();
        assert_eq!(newest(&sandbox).permissions, ["PROJECT_READ", "REPO_READ"]);
        clones(&desk).succeeds();
        super::pushes(&desk).fails();
        clones_again(&desk);
        Bill::of(&sandbox).is(NOTHING);
    }
}

/// A push that was not allowed has cost nothing.
fn clones_again(desk: &Desk) {
    desk.git(&["clone", "-q", &super::app(), "again"]).succeeds();
}

#[test]
fn a_clone_on_a_terminal_leads_to_the_same_offer() {
    for git in gits() {
        let sandbox = corp(|_| {});
        let desk = desk(&sandbox, &git);
        let mut terminal = Terminal::new();
        let clone = terminal.watches_git(&desk, &["clone", "-q", &super::app(), "app"]);
        for (question, answer) in [
            ("password for https://git.corp.example: ", seeds::DC_ALICE_PASSWORD),
            ("Username for https://git.corp.example: ", seeds::ALICE),
            ("and forget the password? [Y/n] ", ""),
            ("When shall it end?", "30"),
        ] {
            terminal.shows(question);
            terminal.types(&format!("{answer}\n"));
        }
        let (success, screen) = terminal.after(clone);
        assert!(success, "{screen:#?}");
        assert_eq!(days(&sandbox), Some(30));
        fetches(&desk).succeeds();
        super::pushes(&desk).succeeds();
        assert_eq!(desk.get(HOST).value("password"), Some(newest(&sandbox).secret.as_str()));
        Bill::of(&sandbox).is(NOTHING);
    }
}

#[test]
fn nobody_at_a_terminal_is_nobody_to_offer_a_token_to() {
    for git in gits() {
        let sandbox = corp(|_| {});
        let desk = desk(&sandbox, &git);
        by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
        let asked = Desk::at(&sandbox)
            .with_git(&git)
            .person_says(&[("password for https", seeds::DC_ALICE_PASSWORD), ("Username", seeds::ALICE)]);
        asked.configure("[bitbucket \"https://git.corp.example\"]\n\tproduct = datacenter\n");
        for desk in [&desk, &asked] {
            works(desk);
            assert_eq!(desk.get(HOST).value("password"), Some(seeds::DC_ALICE_PASSWORD));
        }
        assert_eq!(asked.asked().len(), 2, "{:?}", asked.asked());
        Bill::of(&sandbox).is(NOTHING);
    }
}

#[test]
fn a_token_that_ended_by_our_own_clock_is_not_sent() {
    for git in gits() {
        let sandbox = corp(|_| {});
        let desk = desk(&sandbox, &git);
        takes_a_token(&desk, "30");
        clones(&desk).succeeds();
        super::time_is_over(&desk);
        sandbox.clear_log();
        let fetch = fetches(&desk).fails();
        assert!(fetch.err.contains("the HTTP access token of alice has expired"), "{}", fetch.err);
        assert!(sandbox.requests().iter().all(|seen| seen.authorization.is_none()));
        Bill::of(&sandbox).is(NOTHING);
    }
}

#[test]
fn tokens_of_a_project_or_a_repository_work_and_end_at_the_price_of_one_try() {
    for git in gits() {
        for token in [seeds::DC_PROJECT_TOKEN, seeds::DC_REPO_TOKEN] {
            let sandbox = corp(|site| site.directory.token_basic = !super::can_bearer(&git));
            let mut bill = Bill::of(&sandbox);
            let desk = desk(&sandbox, &git);
            signs_in(&desk, &[], "BBDC-wrong").fails();
            signs_in(&desk, &[], token).succeeds();
            works(&desk);
            bill.is(NOTHING);
            sandbox.revoke(token);
            fetches(&desk).fails();
            // as x-token-auth, in Basic, it is taken for a password; where Bearer goes first, its name is tried after it
            bill.is(ONE_FAILURE);
            fetches(&desk).fails();
            bill.is(NOTHING);
            keeps_to_its_paths(&sandbox);
        }
    }
}

#[test]
fn whoever_may_make_no_token_keeps_the_password_that_is_none() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    let forbidden = Fault::at("git.corp.example", "/rest/access-tokens").status(403);
    sandbox.fault(forbidden.header("X-AUSERNAME", seeds::ALICE));
    let person = alice(&desk, seeds::DC_ALICE_PASSWORD).answers("and forget the password?", "");
    let login = person.answers("When shall it end?", "").ends().succeeds();
    assert!(login.err.contains("does not let a program make HTTP access tokens"), "{}", login.err);
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert!(accounts.contains("alice  password"), "{accounts}");
}
