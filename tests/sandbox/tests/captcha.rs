//! After a few failures in a row even the right password is refused, until somebody solves the CAPTCHA.

use crate::client::{Ask, get};
use bitbucket_sandbox::{Sandbox, seeds};

fn properties(sandbox: &Sandbox) -> Ask<'_> {
    get(sandbox, &format!("{}/rest/api/latest/application-properties", seeds::CORP))
}

/// Alice's account, after five failures.
fn locked() -> Sandbox {
    let sandbox = Sandbox::start();
    for _ in 0..5 {
        assert_eq!(properties(&sandbox).basic("alice", "wrong").send().status, 401);
    }
    sandbox
}

#[test]
fn four_failures_and_a_success_begin_a_new_row() {
    let sandbox = Sandbox::start();
    for _ in 0..3 {
        for _ in 0..4 {
            properties(&sandbox).basic("alice", "wrong").send();
        }
        assert_eq!(properties(&sandbox).basic("ALICE", seeds::DC_ALICE_PASSWORD).send().status, 200);
    }
}

#[test]
fn the_right_password_is_refused_with_the_exceptions_name() {
    let sandbox = locked();
    let answer = properties(&sandbox).basic("alice", seeds::DC_ALICE_PASSWORD).send();
    assert_eq!(answer.status, 401);
    let exception = &answer.json()["errors"][0]["exceptionName"];
    assert_eq!(exception, "com.atlassian.bitbucket.auth.CaptchaRequiredAuthenticationException");
    assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"Atlassian Bitbucket\""));
    assert!(answer.header("x-asen").is_some() && answer.header("x-arequestid").is_some());
    // a header of Jira's, never seen here
    assert_eq!(answer.header("x-authentication-denied-reason"), None);
    assert_eq!(properties(&sandbox).basic("bob", seeds::DC_BOB_PASSWORD).send().status, 200, "others are not locked");
}

#[test]
fn git_hears_of_it_in_a_200() {
    let sandbox = locked();
    let url = format!("{}/scm/prj/app.git/info/refs?service=git-upload-pack", seeds::CORP);
    let answer = get(&sandbox, &url).basic("alice", seeds::DC_ALICE_PASSWORD).send();
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("ERR CAPTCHA required"), "{}", answer.body);
}

#[test]
fn tokens_go_on_working() {
    let sandbox = locked();
    assert_eq!(properties(&sandbox).bearer(seeds::HTTP_TOKEN).send().header("x-ausername"), Some("alice"));
}

#[test]
fn an_administrator_can_clear_it_and_nobody_else() {
    let sandbox = locked();
    let url = format!("{}/rest/api/1.0/admin/users/captcha?name=alice", seeds::CORP);
    let clear = || get(&sandbox, &url).method("DELETE");
    assert_eq!(clear().basic("bob", seeds::DC_BOB_PASSWORD).send().status, 401);
    assert_eq!(clear().basic("admin", seeds::DC_ADMIN_PASSWORD).send().status, 204);
    assert_eq!(properties(&sandbox).basic("alice", seeds::DC_ALICE_PASSWORD).send().status, 200);
}
