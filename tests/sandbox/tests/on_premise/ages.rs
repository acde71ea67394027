//! Servers from 5.5 to 10: what old ones lack, and what new ones no longer allow.

use super::client::Ask;
use super::desk::{self, Desk};
use super::{PROPERTIES, corp};
use bitbucket_sandbox::seeds;
use serde_json::json;

const LOGIN_OPTIONS: &str = "/rest/authconfig/1.0/login-options";
const PROVIDER: &str = "/rest/oauth2/1.0/client";
const TOKENS: &str = "/rest/access-tokens/1.0/users/alice";

#[test]
fn each_age_has_what_it_had() {
    // login-options, OAuth provider, Basic
    for (version, build, expected) in [
        ("5.5.0", "5005000", [404, 404, 200]),
        ("6.10.17", "6010017", [404, 404, 200]),
        ("7.12.1", "7012001", [200, 404, 200]),
        ("7.20.0", "7020000", [200, 401, 200]),
        ("9.4.6", "9004006", [200, 401, 200]),
        ("10.0.1", "10000001", [200, 401, 403]),
    ] {
        let sandbox = corp(|site| site.age(version));
        let ask = |path| Ask::get(&sandbox, path).sent();
        let basic = Ask::get(&sandbox, PROPERTIES).basic(seeds::ALICE, seeds::DC_ALICE_PASSWORD).sent();
        assert_eq!([ask(LOGIN_OPTIONS).status, ask(PROVIDER).status, basic.status], expected, "{version}");
        let properties = ask(PROPERTIES).json();
        assert_eq!((&properties["version"], &properties["buildNumber"]), (&json!(version), &json!(build)));
    }
}

#[test]
fn a_server_may_make_no_tokens_by_rest() {
    let sandbox = corp(|site| site.switches.token_rest = false);
    let ask = || Ask::get(&sandbox, TOKENS).basic(seeds::ALICE, seeds::DC_ALICE_PASSWORD).sent();
    assert_eq!(ask().status, 404);
    sandbox.data_center(seeds::CORP, |site| site.switches.token_rest = true);
    assert_eq!(ask().status, 200);
    sandbox.data_center(seeds::CORP, |site| site.age("5.4.0"));
    assert_eq!(ask().status, 404);
}

#[test]
fn old_servers_make_tokens_of_the_older_shape() {
    let sandbox = corp(|site| site.age("6.10.17"));
    let asked = json!({"name": "old", "permissions": ["REPO_READ"]});
    let ask = Ask::new(&sandbox, "PUT", TOKENS).json(&asked).basic(seeds::ALICE, seeds::DC_ALICE_PASSWORD);
    let token = ask.sent().json()["token"].as_str().expect("a token").to_owned();
    assert!(!token.starts_with("BBDC-") && token.len() == 44, "{token}");
    Desk::of(&sandbox, &desk::git(), seeds::ALICE, &token).clones().succeeds();
}

#[test]
fn old_servers_have_other_words_for_an_unknown_resource() {
    for (version, words) in [("6.10.17", "null for uri: https://git.corp.example/rest/nothing"), ("9.4.6", "HTTP 404")]
    {
        let sandbox = corp(|site| site.age(version));
        let answer = Ask::get(&sandbox, "/rest/nothing").sent();
        assert!(answer.status == 404 && answer.body.contains(words), "{}", answer.body);
    }
}
