//! Refresh tokens: they rotate, the one before lives ten minutes more, and one that nobody uses dies.

use crate::client::{get, post};
use bitbucket_sandbox::oauth::DeadRefresh;
use bitbucket_sandbox::{Sandbox, seeds};
use serde_json::{Value, json};
use std::time::Duration;

fn granted(sandbox: &Sandbox) -> (String, String) {
    let now = sandbox.now();
    sandbox.cloud(|cloud| cloud.oauth.grant(seeds::CONSUMER_ID, seeds::ALICE, &["account", "repository:write"], now))
}

fn refresh(sandbox: &Sandbox, token: &str) -> (u16, Value) {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let answer = post(sandbox, "https://bitbucket.org/site/oauth2/access_token", &form)
        .basic(seeds::CONSUMER_ID, seeds::CONSUMER_SECRET)
        .send();
    (answer.status, answer.json())
}

fn next(sandbox: &Sandbox, token: &str) -> String {
    let (status, tokens) = refresh(sandbox, token);
    assert_eq!(status, 200, "{tokens}");
    tokens["refresh_token"].as_str().expect("a new one").to_owned()
}

fn works(sandbox: &Sandbox, access: &str) -> bool {
    get(sandbox, "https://api.bitbucket.org/2.0/user").bearer(access).send().status == 200
}

#[test]
fn each_use_gives_a_new_one_and_the_old_one_has_ten_minutes() {
    let sandbox = Sandbox::start();
    let (_, first) = granted(&sandbox);
    let second = next(&sandbox, &first);
    assert_ne!(first, second);
    sandbox.advance(Duration::from_secs(599));
    assert_eq!(refresh(&sandbox, &first).0, 200, "within the grace");
    sandbox.advance(Duration::from_secs(2));
    let dead = json!({"error": "invalid_grant", "error_description": "Invalid refresh_token"});
    assert_eq!(refresh(&sandbox, &first), (400, dead));
    assert_eq!(refresh(&sandbox, &second).0, 200);
    let counts = sandbox.cloud(|cloud| cloud.oauth.counts(seeds::ALICE));
    assert_eq!((counts.refreshes, counts.refused), (3, 1));
}

#[test]
fn one_that_nobody_uses_for_three_months_dies() {
    let sandbox = Sandbox::start();
    let (_, first) = granted(&sandbox);
    sandbox.advance(Duration::from_secs(89 * 86_400));
    let second = next(&sandbox, &first);
    sandbox.advance(Duration::from_secs(91 * 86_400));
    assert_eq!(refresh(&sandbox, &second).0, 400);
}

#[test]
fn a_dead_one_may_also_be_called_an_invalid_request() {
    let sandbox = Sandbox::start();
    sandbox.cloud(|cloud| cloud.oauth.settings.dead_refresh = DeadRefresh::InvalidRequest);
    assert_eq!(refresh(&sandbox, "unknown").1["error"], "invalid_request");
}

#[test]
fn an_access_token_ends_after_two_hours_and_a_refresh_does_not_end_the_one_before() {
    let sandbox = Sandbox::start();
    let (access, token) = granted(&sandbox);
    let newer = refresh(&sandbox, &token).1["access_token"].as_str().expect("text").to_owned();
    assert!(works(&sandbox, &access) && works(&sandbox, &newer));
    sandbox.advance(Duration::from_secs(7200));
    assert!(!works(&sandbox, &access) && !works(&sandbox, &newer));
    assert_eq!(refresh(&sandbox, &token).0, 400, "the grace is long over");
}

#[test]
fn of_another_client_it_is_nothing() {
    let sandbox = Sandbox::start();
    let (_, token) = granted(&sandbox);
    let form = [("grant_type", "refresh_token"), ("refresh_token", &*token)];
    let other = post(&sandbox, "https://bitbucket.org/site/oauth2/access_token", &form)
        .basic(seeds::FIXED_CONSUMER_ID, seeds::FIXED_CONSUMER_SECRET)
        .send();
    assert_eq!(other.status, 400);
    assert_eq!(refresh(&sandbox, &token).0, 200);
}

#[test]
fn what_is_revoked_is_gone_and_its_sibling_is_not() {
    let sandbox = Sandbox::start();
    let (access, token) = granted(&sandbox);
    sandbox.revoke_all_access_tokens(seeds::ALICE);
    assert!(!works(&sandbox, &access));
    let (_, tokens) = refresh(&sandbox, &token);
    assert!(works(&sandbox, tokens["access_token"].as_str().expect("text")));
    assert!(sandbox.revoke(tokens["refresh_token"].as_str().expect("text")));
    assert_eq!(refresh(&sandbox, tokens["refresh_token"].as_str().expect("text")).0, 400);
}

#[test]
fn the_life_of_tokens_can_be_shortened_and_lengthened() {
    let sandbox = Sandbox::start();
    sandbox.set_expires_in(5);
    let (access, _) = granted(&sandbox);
    assert!(works(&sandbox, &access));
    sandbox.advance(Duration::from_secs(6));
    assert!(!works(&sandbox, &access));
}
