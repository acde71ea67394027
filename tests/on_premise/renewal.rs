//! `login --renew`: the next token in the place of the one before, which is deleted.

use super::people::Person;
use super::{Bill, DAY, HOST, NOTHING, ONE_FAILURE, by_password, corp, signs_in, works};
use crate::stage::{Desk, gits};
use bitbucket_sandbox::{Sandbox, seeds};

/// The secrets of the tokens that Alice's machine has made.
fn made(sandbox: &Sandbox) -> Vec<String> {
    sandbox.data_center(seeds::CORP, |site| {
        let ours = site.directory.tokens.iter().filter(|token| token.name.starts_with("git on "));
        ours.map(|token| token.secret.clone()).collect()
    })
}

/// Alice, who has a token made at her sign-in.
fn with_a_token(sandbox: &Sandbox, desk: &Desk, arguments: &[&str]) -> String {
    let arguments = [&["--username", seeds::ALICE], arguments].concat();
    let person = Person::signs_in(desk, &arguments).answers("of alice at", seeds::DC_ALICE_PASSWORD);
    person.answers("and forget", "").answers("When shall it end?", "20").ends().succeeds();
    made(sandbox).remove(0)
}

fn renews(desk: &Desk, arguments: &[&str], password: &str) -> crate::stage::Done {
    let all: Vec<&str> = ["login", seeds::CORP, "--renew", "--with-token"].iter().chain(arguments).copied().collect();
    desk.helper(&all, password)
}

#[test]
fn the_next_token_takes_the_place_of_the_one_before() {
    for git in gits() {
        let sandbox = corp(|site| site.directory.token_policy.max_days = Some(90));
        let desk = Desk::at(&sandbox).with_git(&git);
        let before = with_a_token(&sandbox, &desk, &[]);
        let person = Person::signs_in(&desk, &["--renew"]).answers("Password of alice at", seeds::DC_ALICE_PASSWORD);
        let done = person.answers("When shall it end?", "60").ends().succeeds();
        assert!(done.err.contains("Renewed the HTTP access token of alice at git.corp.example"), "{}", done.err);
        let now = made(&sandbox);
        assert!(now.len() == 1 && now[0] != before, "{now:?}");
        assert_eq!(desk.get(HOST).value("password"), Some(now[0].as_str()));
        let life = sandbox.data_center(seeds::CORP, |site| {
            let token = site.directory.tokens.last().expect("a token");
            token.expires.map(|end| (end - token.created) / DAY)
        });
        assert_eq!(life, Some(60));
        works(&desk);
        Bill::of(&sandbox).is(NOTHING);
    }
}

#[test]
fn a_script_renews_with_the_password_on_stdin_and_a_token_that_only_reads_stays_one() {
    let sandbox = corp(|_| {});
    let desk = Desk::at(&sandbox);
    with_a_token(&sandbox, &desk, &["--read-only"]);
    renews(&desk, &[], seeds::DC_ALICE_PASSWORD).succeeds();
    assert_eq!(made(&sandbox).len(), 1);
    let permissions =
        sandbox.data_center(seeds::CORP, |site| site.directory.tokens.last().map(|token| token.permissions.clone()));
    assert_eq!(permissions.expect("a token"), ["PROJECT_READ", "REPO_READ"]);
}

#[test]
fn a_wrong_password_costs_one_failure_and_leaves_everything_as_it_was() {
    let sandbox = corp(|_| {});
    let mut bill = Bill::of(&sandbox);
    let desk = Desk::at(&sandbox);
    let before = with_a_token(&sandbox, &desk, &[]);
    let refused = renews(&desk, &[], "wrong").fails();
    assert!(refused.err.contains("does not accept this username and password"), "{}", refused.err);
    bill.is(ONE_FAILURE);
    renews(&desk, &[], "wrong").fails();
    by_password(&desk, "wrong").fails();
    bill.is(NOTHING);
    assert_eq!((made(&sandbox), desk.get(HOST).value("password")), (vec![before.clone()], Some(before.as_str())));
}

#[test]
fn a_token_that_could_not_be_kept_is_deleted_again() {
    let sandbox = corp(|_| {});
    let desk = Desk::at(&sandbox);
    let before = with_a_token(&sandbox, &desk, &[]);
    let all = ["login", seeds::CORP, "--renew", "--with-token"];
    let full = desk.on_a_full_disk(&all, seeds::DC_ALICE_PASSWORD).fails();
    assert!(full.err.contains("cannot write"), "{}", full.err);
    assert_eq!(made(&sandbox), [before]);
}

#[test]
fn a_token_that_was_made_by_hand_is_not_deleted_and_where_to_do_it_is_said() {
    let sandbox = corp(|_| {});
    let desk = Desk::at(&sandbox);
    signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
    let done = renews(&desk, &[], seeds::DC_ALICE_PASSWORD).succeeds();
    assert!(done.err.contains("/plugins/servlet/access-tokens/manage"), "{}", done.err);
    assert_eq!(desk.get(HOST).value("password"), Some(made(&sandbox)[0].as_str()));
    assert!(sandbox.revoke(seeds::HTTP_TOKEN), "it is still there");
}

#[test]
fn whoever_has_no_token_is_told_how_to_get_one() {
    let sandbox = corp(|_| {});
    let desk = Desk::at(&sandbox);
    let nobody = renews(&desk, &[], "x").fails();
    assert_eq!((nobody.code, nobody.err.contains("nobody is signed in")), (4, true), "{}", nobody.err);
    by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
    let password = renews(&desk, &[], seeds::DC_ALICE_PASSWORD).fails();
    assert!(password.err.contains("alice has no HTTP access token"), "{}", password.err);
    signs_in(&desk, &[], seeds::HTTP_TOKEN_CAROL).succeeds();
    let which = renews(&desk, &[], "x").fails();
    assert!(which.err.contains("several accounts"), "{}", which.err);
    renews(&desk, &["--username", "Carol@corp.example"], seeds::DC_CAROL_PASSWORD).succeeds();
}
