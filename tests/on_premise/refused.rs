//! One wrong secret costs one failed sign-in: what the server refused is not sent again, whoever gives it.

use super::people::alice;
use super::{
    Bill, HOST, NOTHING, ONE_FAILURE, by_password, checks, clones, corp, desk, fetches, keeps_to_its_paths, signs_in,
    works,
};
use crate::stage::{Desk, gits};
use bitbucket_sandbox::{Sandbox, seeds};

const NOT_SENT: &str = "has refused this password before, so it is not sent again";

/// Alice has another password from now on.
fn changes_password(sandbox: &Sandbox) {
    sandbox.data_center(seeds::CORP, |site| site.directory.person_mut(seeds::ALICE).password = "canary-new".into());
}

#[test]
fn a_wrong_password_is_sent_once_by_whatever_process() {
    let sandbox = corp(|_| {});
    let mut bill = Bill::of(&sandbox);
    let desk = Desk::at(&sandbox).with("GIT_TERMINAL_PROMPT", "0");
    by_password(&desk, "wrong").fails();
    bill.is(ONE_FAILURE);
    for name in [seeds::ALICE, "ALICE"] {
        let again = signs_in(&desk, &["--username", name], "wrong").fails();
        assert!(again.err.contains(NOT_SENT), "{}", again.err);
    }
    bill.is(NOTHING);
    signs_in(&desk, &["--username", seeds::BOB], "wrong").fails();
    bill.is(ONE_FAILURE);
    by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
    bill.is(NOTHING);
    keeps_to_its_paths(&sandbox);
}

#[test]
fn a_password_that_was_changed_costs_one_failure_in_git_and_no_more_from_programs_that_still_have_it() {
    for git in gits() {
        let sandbox = corp(|_| {});
        let mut bill = Bill::of(&sandbox);
        // an editor that answers every question with the password it was once given
        let editor = Desk::at(&sandbox)
            .with_git(&git)
            .person_says(&[("Username", seeds::ALICE), ("", seeds::DC_ALICE_PASSWORD)]);
        editor.configure("[bitbucket \"https://git.corp.example\"]\n\tproduct = datacenter\n");
        works(&editor);
        changes_password(&sandbox);
        bill.is(NOTHING);
        for _ in 0..3 {
            fetches(&editor).fails();
        }
        bill.is(ONE_FAILURE);
        let login = by_password(&editor, seeds::DC_ALICE_PASSWORD).fails();
        assert!(login.err.contains(NOT_SENT), "{}", login.err);
        by_password(&editor, "canary-new").succeeds();
        fetches(&editor).succeeds();
        bill.is(NOTHING);
    }
}

#[test]
fn a_wrong_token_is_asked_about_once_and_counts_against_nobody() {
    let sandbox = corp(|_| {});
    let desk = Desk::at(&sandbox);
    for _ in 0..3 {
        signs_in(&desk, &[], "BBDC-wrong").fails();
    }
    assert_eq!(checks(&sandbox), 1);
    Bill::of(&sandbox).is(NOTHING);
}

#[test]
fn a_person_at_a_terminal_may_insist() {
    let sandbox = corp(|site| site.directory.person_mut(seeds::ALICE).password = "not yet".into());
    let desk = Desk::at(&sandbox);
    by_password(&desk, seeds::DC_ALICE_PASSWORD).fails();
    let mut bill = Bill::of(&sandbox);
    bill.is(ONE_FAILURE);
    let person = alice(&desk, seeds::DC_ALICE_PASSWORD).answers("Send it once more? [y/N]", "");
    person.answers("of alice at", "\x04").ends().fails();
    bill.is(NOTHING);
    // the directory has caught up with the new password
    sandbox.data_center(seeds::CORP, |site| {
        site.directory.person_mut(seeds::ALICE).password = seeds::DC_ALICE_PASSWORD.into();
    });
    let person = alice(&desk, seeds::DC_ALICE_PASSWORD).answers("Send it once more? [y/N]", "yes");
    person.answers("and forget the password?", "n").ends().succeeds();
    by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
    bill.is(NOTHING);
}

#[test]
fn nobody_can_test_guesses_on_what_is_kept_and_the_last_sign_out_takes_it_along() {
    let sandbox = corp(|_| {});
    let desk = Desk::at(&sandbox);
    let records = || std::fs::read_dir(desk.data().join("records")).map_or(0, Iterator::count);
    by_password(&desk, "wrong").fails();
    by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
    assert_eq!(records(), 2);
    for file in std::fs::read_dir(desk.data().join("records")).expect("records") {
        let text = std::fs::read_to_string(file.expect("one").path()).expect("text");
        assert!(!text.contains("wrong"), "{text}");
    }
    desk.helper(&["accounts", "--rebuild"], "").succeeds();
    assert_eq!(desk.helper(&["accounts"], "").succeeds().out.lines().count(), 2, "the site and alice");
    desk.helper(&["logout", seeds::CORP], "").succeeds();
    assert_eq!(records(), 0);
}

#[test]
fn storage_that_keeps_nothing_remembers_while_the_question_is_open() {
    let sandbox = corp(|_| {});
    let desk = Desk::at(&sandbox);
    desk.configure("[bitbucket]\n\tstorage = none\n");
    let person = alice(&desk, "wrong").answers("of alice at", "wrong").answers("Send it once more?", "n");
    person.answers("of alice at", seeds::DC_ALICE_PASSWORD).ends().succeeds();
    Bill::of(&sandbox).is(ONE_FAILURE);
}

#[test]
fn a_token_that_git_saw_refused_is_asked_about_once_and_kept_for_when_it_was_the_network() {
    for git in gits() {
        let sandbox = corp(|_| {});
        let mut bill = Bill::of(&sandbox);
        let desk = desk(&sandbox, &git);
        signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
        clones(&desk).succeeds();
        let token = sandbox.data_center(seeds::CORP, |site| site.directory.tokens.remove(0));
        sandbox.clear_log();
        for _ in 0..3 {
            let fetch = fetches(&desk).fails();
            assert!(!fetch.err.contains(seeds::HTTP_TOKEN), "{}", fetch.err);
        }
        bill.is(ONE_FAILURE);
        assert_eq!(checks(&sandbox), 1, "as Bearer, which counts against nobody");
        desk.get(HOST).misses_saying("`git credential-bitbucket status git.corp.example` asks once more");
        let status = desk.helper(&["status", seeds::CORP], "").fails();
        assert!(status.out.contains("refused by the server"), "{}", status.out);
        sandbox.data_center(seeds::CORP, |site| site.directory.tokens.push(token));
        let status = desk.helper(&["status", seeds::CORP], "").succeeds();
        assert!(status.out.contains("accepted as alice"), "{}", status.out);
        fetches(&desk).succeeds();
        bill.is(NOTHING);
    }
}
