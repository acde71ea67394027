//! git over HTTPS at bitbucket.org, by kind of credential and by username.

use crate::client::{Answer, Ask, get};
use bitbucket_sandbox::cloud::{API_TOKEN_AUTH, TOKEN_AUTH, Token};
use bitbucket_sandbox::{Sandbox, seeds};

const READ: &str = "git-upload-pack";
const WRITE: &str = "git-receive-pack";
const NO_SCOPE: &str = "Your credentials lack one or more required privilege scopes.";

fn refs<'a>(sandbox: &'a Sandbox, place: &str, service: &str) -> Ask<'a> {
    get(sandbox, &format!("https://bitbucket.org/{place}.git/info/refs?service={service}"))
}

/// The statuses of fetching and pushing.
fn both(sandbox: &Sandbox, place: &str, user: &str, secret: &str) -> (u16, u16) {
    let status = |service| refs(sandbox, place, service).basic(user, secret).send().status;
    (status(READ), status(WRITE))
}

#[track_caller]
fn is_a_challenge(answer: &Answer) {
    assert_eq!(answer.status, 401, "{answer:?}");
    assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"Bitbucket.org HTTP\""));
    // git shows plain text only
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")), "{answer:?}");
}

#[test]
fn nobody_is_asked_to_sign_in_and_sees_no_difference_to_a_repository_that_is_not_there() {
    let sandbox = Sandbox::start();
    for place in [seeds::APP, "acme/nothing"] {
        let answer = refs(&sandbox, place, READ).send();
        is_a_challenge(&answer);
        assert!(answer.body.starts_with("You may not have access to this repository or it no longer exists"));
    }
    let signed_in = refs(&sandbox, "acme/nothing", READ).basic("alice", seeds::API_TOKEN).send();
    is_a_challenge(&signed_in);
}

#[test]
fn an_api_token_goes_with_its_owners_username_or_the_fixed_one() {
    let sandbox = Sandbox::start();
    let by = |user| both(&sandbox, seeds::APP, user, seeds::API_TOKEN);
    for user in [seeds::ALICE, "ALICE", API_TOKEN_AUTH] {
        assert_eq!(by(user), (200, 200), "{user}");
    }
    for user in [seeds::ALICE_EMAIL, TOKEN_AUTH, seeds::BOB, ""] {
        assert_eq!(by(user), (401, 401), "{user}");
    }
    let bearer = refs(&sandbox, seeds::APP, READ).bearer(seeds::API_TOKEN).send();
    assert_eq!(bearer.status, 401);
}

#[test]
fn a_token_without_scopes_or_beyond_its_end_opens_nothing() {
    let sandbox = Sandbox::start();
    for token in [seeds::API_TOKEN_UNSCOPED, seeds::API_TOKEN_EXPIRED] {
        for user in [seeds::ALICE, API_TOKEN_AUTH] {
            assert_eq!(both(&sandbox, seeds::APP, user, token), (401, 401));
        }
    }
}

#[test]
fn a_missing_scope_is_a_403_and_writing_does_not_include_reading() {
    const WRITE_ONLY: &str = "ATATT-canary-write-only";
    let sandbox = Sandbox::start();
    sandbox.cloud(|cloud| cloud.add_token(Token::api(WRITE_ONLY, seeds::ALICE, &["write:repository:bitbucket"])));
    assert_eq!(both(&sandbox, seeds::APP, seeds::ALICE, seeds::API_TOKEN_READ_ONLY), (200, 403));
    assert_eq!(both(&sandbox, seeds::APP, seeds::ALICE, WRITE_ONLY), (403, 200));
    let answer = refs(&sandbox, seeds::APP, READ).basic(seeds::ALICE, WRITE_ONLY).send();
    assert_eq!(answer.body, NO_SCOPE);
}

#[test]
fn a_member_who_may_only_read_pushes_in_vain() {
    let sandbox = Sandbox::start();
    assert_eq!(both(&sandbox, seeds::APP, seeds::BOB, seeds::API_TOKEN_BOB), (200, 403));
    assert_eq!(both(&sandbox, seeds::SITE, seeds::BOB, seeds::API_TOKEN_BOB), (401, 401));
}

#[test]
fn an_access_token_goes_with_its_fixed_username_and_no_further_than_it_was_made_for() {
    let sandbox = Sandbox::start();
    let by = |token, place| both(&sandbox, place, TOKEN_AUTH, token);
    for (token, opens, closed) in [
        (seeds::REPO_TOKEN, seeds::APP, seeds::LIB),
        (seeds::PROJECT_TOKEN, seeds::LIB, seeds::PUBLIC),
        (seeds::WORKSPACE_TOKEN, seeds::LIB, seeds::SITE),
    ] {
        assert_eq!(by(token, opens), (200, 200), "{opens}");
        assert_eq!(by(token, closed), (401, 401), "{closed}");
        for user in [seeds::ALICE, API_TOKEN_AUTH] {
            assert_eq!(both(&sandbox, opens, user, token), (401, 401), "{user}");
        }
    }
    assert_eq!(by(seeds::WORKSPACE_TOKEN_READ_ONLY, seeds::APP), (200, 403));
}

#[test]
fn an_app_password_is_answered_410_and_an_account_password_401_with_their_own_words() {
    let sandbox = Sandbox::start();
    let app = refs(&sandbox, seeds::APP, READ).basic(seeds::ALICE, seeds::APP_PASSWORD).send();
    assert_eq!((app.status, app.header("www-authenticate")), (410, None));
    assert_eq!(app.body, "App passwords are deprecated and must be replaced with API tokens.");
    let account = refs(&sandbox, seeds::APP, READ).basic(seeds::ALICE, seeds::ALICE_PASSWORD).send();
    is_a_challenge(&account);
    assert!(account.body.starts_with("Bitbucket Cloud recently stopped supporting account passwords"));
}

#[test]
fn an_oauth_token_goes_with_the_fixed_username_its_owners_or_as_bearer() {
    let sandbox = Sandbox::start();
    let now = sandbox.now();
    let scopes = ["repository:write"];
    let (token, _) = sandbox.cloud(|cloud| cloud.oauth.grant(seeds::CONSUMER_ID, seeds::ALICE, &scopes, now));
    for user in [TOKEN_AUTH, seeds::ALICE] {
        // the old scope includes reading
        assert_eq!(both(&sandbox, seeds::APP, user, &token), (200, 200), "{user}");
    }
    assert_eq!(both(&sandbox, seeds::APP, seeds::BOB, &token), (401, 401));
    assert_eq!(refs(&sandbox, seeds::APP, READ).bearer(&token).send().status, 200);
    let in_the_query = format!("https://bitbucket.org/acme/app.git/info/refs?service={READ}&access_token={token}");
    is_a_challenge(&get(&sandbox, &in_the_query).send());
}

#[test]
fn a_public_repository_is_read_by_anybody_and_written_by_nobody_unknown() {
    let sandbox = Sandbox::start();
    assert_eq!(refs(&sandbox, seeds::PUBLIC, READ).send().status, 200);
    is_a_challenge(&refs(&sandbox, seeds::PUBLIC, WRITE).send());
}

#[test]
fn the_other_names_of_the_cloud_lead_to_it() {
    let sandbox = Sandbox::start();
    let www = get(&sandbox, "https://www.bitbucket.org/acme/app.git/info/refs?service=git-upload-pack").send();
    let there = "https://bitbucket.org/acme/app.git/info/refs?service=git-upload-pack";
    assert_eq!((www.status, www.header("location")), (301, Some(there)));
}

#[test]
fn every_failure_is_counted_by_name_and_a_success_ends_the_row() {
    let sandbox = Sandbox::start();
    let try_it = |secret| refs(&sandbox, seeds::APP, READ).basic(seeds::ALICE, secret).send();
    for secret in ["wrong", "", "wrong"] {
        try_it(secret);
    }
    let count = || sandbox.cloud(|cloud| cloud.failures.of("ALICE"));
    assert_eq!((count().wrong, count().empty, count().in_a_row), (2, 1, 3));
    try_it(seeds::API_TOKEN);
    assert_eq!((count().wrong, count().in_a_row), (2, 0));
}
