//! After five failures even the right password is refused until a CAPTCHA is solved, in each form that was seen.

use super::client::{Answer, Ask};
use super::desk::{self, Desk};
use super::{PROPERTIES, corp};
use bitbucket_sandbox::data_center::plugins::JiraHeaders;
use bitbucket_sandbox::{Sandbox, seeds};

fn right(sandbox: &Sandbox) -> Answer {
    Ask::get(sandbox, PROPERTIES).basic(seeds::ALICE, seeds::DC_ALICE_PASSWORD).sent()
}

fn fails_five_times(sandbox: &Sandbox) {
    for _ in 0..5 {
        let answer = Ask::get(sandbox, PROPERTIES).basic(seeds::ALICE, "wrong").sent();
        assert_eq!((answer.status, answer.exception().as_str()), (401, "IncorrectPasswordAuthenticationException"));
    }
}

fn an_administrator_clears_it(sandbox: &Sandbox) {
    let path = "/rest/api/1.0/admin/users/captcha?name=alice";
    let by = |user, secret| Ask::new(sandbox, "DELETE", path).basic(user, secret).sent().status;
    assert_eq!(by(seeds::BOB, seeds::DC_BOB_PASSWORD), 401, "Bob is none");
    assert_eq!(by(seeds::ADMIN, seeds::DC_ADMIN_PASSWORD), 204);
}

#[test]
fn rest_names_the_exception_until_an_administrator_clears_it() {
    for status in [401, 403] {
        let sandbox = corp(|site| site.switches.captcha_status = status);
        assert_eq!(right(&sandbox).status, 200);
        fails_five_times(&sandbox);
        let answer = right(&sandbox);
        let told = (answer.status, answer.exception());
        assert_eq!(told, (status, "CaptchaRequiredAuthenticationException".to_owned()));
        assert!(answer.header("X-ASEN").is_some() && answer.header("X-AREQUESTID").is_some());
        assert_eq!(answer.header("X-Authentication-Denied-Reason"), None, "no Bitbucket was seen to say this");
        an_administrator_clears_it(&sandbox);
        assert_eq!(right(&sandbox).user(), Some(seeds::ALICE));
    }
}

#[test]
fn jiras_headers_can_be_had_too() {
    let sandbox = corp(|site| {
        let base = site.base();
        site.chain.on_failure(Box::new(JiraHeaders { base }));
    });
    fails_five_times(&sandbox);
    let answer = right(&sandbox);
    let denied = "CAPTCHA_CHALLENGE; login-url=https://git.corp.example/login";
    assert_eq!(answer.header("X-Authentication-Denied-Reason"), Some(denied));
    assert_eq!(answer.header("X-Seraph-LoginReason"), Some("AUTHENTICATION_DENIED"));
}

#[test]
fn git_shows_it_fails_and_keeps_the_secret() {
    for git in desk::gits() {
        let sandbox = corp(|_| {});
        fails_five_times(&sandbox);
        let desk = Desk::of(&sandbox, &git, seeds::ALICE, seeds::DC_ALICE_PASSWORD);
        desk.clones().fails_saying("CAPTCHA required");
        assert!(desk.still_knows(), "a 200 is no refusal to git");
        an_administrator_clears_it(&sandbox);
        desk.clones().succeeds();
    }
}

#[test]
fn a_token_works_while_the_password_does_not() {
    let sandbox = corp(|_| {});
    fails_five_times(&sandbox);
    assert_eq!(Ask::get(&sandbox, PROPERTIES).bearer(seeds::HTTP_TOKEN).sent().user(), Some(seeds::ALICE));
    Desk::of(&sandbox, &desk::git(), seeds::ALICE, seeds::HTTP_TOKEN).clones().succeeds();
}

#[test]
fn a_success_breaks_the_row_and_others_are_not_concerned() {
    let sandbox = corp(|_| {});
    for _ in 0..3 {
        for _ in 0..4 {
            Ask::get(&sandbox, PROPERTIES).basic("ALICE", "wrong").sent();
        }
        assert_eq!(right(&sandbox).status, 200);
    }
    fails_five_times(&sandbox);
    let bob = Ask::get(&sandbox, PROPERTIES).basic(seeds::BOB, seeds::DC_BOB_PASSWORD).sent();
    assert_eq!(bob.user(), Some(seeds::BOB));
}

#[test]
fn lfs_hears_a_status_and_no_packet() {
    let sandbox = corp(|_| {});
    fails_five_times(&sandbox);
    let batch = Ask::new(&sandbox, "POST", "/scm/prj/app.git/info/lfs/objects/batch");
    let answer = batch.basic(seeds::ALICE, seeds::DC_ALICE_PASSWORD).sent();
    assert_eq!((answer.status, answer.exception().as_str()), (401, "CaptchaRequiredAuthenticationException"));
}
