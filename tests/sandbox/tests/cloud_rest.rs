//! api.bitbucket.org: who am I, and the ways in which it is not said.

use crate::client::{Answer, Ask, get};
use bitbucket_sandbox::cloud::Token;
use bitbucket_sandbox::{Sandbox, seeds};
use serde_json::json;

const USER: &str = "https://api.bitbucket.org/2.0/user";
const NOT_SUPPORTED: &str = "Token is invalid, expired, or not supported for this endpoint.";

fn user(sandbox: &Sandbox) -> Ask<'_> {
    get(sandbox, USER)
}

#[track_caller]
fn is_wrong(answer: &Answer) {
    assert_eq!(answer.status, 401, "{answer:?}");
    assert!(answer.body.starts_with("Login failed due to incorrect login credentials or method"), "{answer:?}");
    assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"Bitbucket.org HTTP\""));
}

#[test]
fn an_api_token_goes_with_the_e_mail_and_tells_who_it_is() {
    let sandbox = Sandbox::start();
    let answer = user(&sandbox).basic(seeds::ALICE_EMAIL, seeds::API_TOKEN).send();
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!((&body["type"], &body["username"]), (&json!("user"), &json!("alice")));
    assert_ne!(body["nickname"], body["username"]);
    for key in ["account_id", "display_name", "created_on"] {
        assert!(body[key].is_string(), "{key}");
    }
    assert!(body["uuid"].as_str().is_some_and(|uuid| uuid.starts_with('{') && uuid.ends_with('}')));
    let scopes = answer.header("x-oauth-scopes").unwrap_or_default();
    assert!(scopes.contains("write:repository:bitbucket") && scopes.contains("read:user:bitbucket"), "{scopes}");
    assert_eq!(answer.header("x-accepted-oauth-scopes"), Some("account"));
}

#[test]
fn the_username_is_not_the_e_mail() {
    let sandbox = Sandbox::start();
    for name in [seeds::ALICE, "x-bitbucket-api-token-auth", "x-token-auth", seeds::BOB_EMAIL] {
        is_wrong(&user(&sandbox).basic(name, seeds::API_TOKEN).send());
    }
    is_wrong(&user(&sandbox).basic(seeds::ALICE_EMAIL, "wrong").send());
    is_wrong(&user(&sandbox).basic(seeds::ALICE_EMAIL, seeds::API_TOKEN_EXPIRED).send());
    is_wrong(&user(&sandbox).send());
}

#[test]
fn app_passwords_and_account_passwords_are_simply_wrong() {
    let sandbox = Sandbox::start();
    is_wrong(&user(&sandbox).basic(seeds::ALICE, seeds::APP_PASSWORD).send());
    for name in [seeds::ALICE, seeds::ALICE_EMAIL] {
        is_wrong(&user(&sandbox).basic(name, seeds::ALICE_PASSWORD).send());
    }
}

#[test]
fn a_missing_scope_is_a_403_that_lists_what_is_required_and_granted() {
    let sandbox = Sandbox::start();
    let answer = user(&sandbox).basic(seeds::ALICE_EMAIL, seeds::API_TOKEN_GIT_ONLY).send();
    assert_eq!(answer.status, 403);
    let detail = json!({
        "required": ["read:user:bitbucket"],
        "granted": ["read:repository:bitbucket", "write:repository:bitbucket"],
    });
    let error = json!({"message": "Your credentials lack one or more required privilege scopes.", "detail": detail});
    assert_eq!(answer.json(), json!({"type": "error", "error": error}));
}

#[test]
fn a_token_without_scopes_is_refused_under_a_realm_of_its_own() {
    let sandbox = Sandbox::start();
    let answer = user(&sandbox).basic(seeds::ALICE_EMAIL, seeds::API_TOKEN_UNSCOPED).send();
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("www-authenticate"), Some("BitbucketCustom realm=Bitbucket.org HTTP"));
    assert_eq!(answer.header("x-accepted-oauth-scopes"), None);
}

#[test]
fn a_bearer_that_is_not_taken_is_answered_in_json() {
    let sandbox = Sandbox::start();
    for secret in [seeds::API_TOKEN, "wrong"] {
        let answer = user(&sandbox).bearer(secret).send();
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json(), json!({"type": "error", "error": {"message": NOT_SUPPORTED}}));
    }
}

#[test]
fn an_access_token_has_no_profile_and_opens_its_repository() {
    const WITH_ACCOUNT: &str = "ATCTT-canary-with-account";
    let sandbox = Sandbox::start();
    let of = |url: &str, secret| get(&sandbox, url).bearer(secret).send();
    assert_eq!(of(USER, seeds::REPO_TOKEN).status, 403, "it lacks the scope");
    sandbox.cloud(|cloud| {
        let reach = cloud.tokens.iter().find(|token| token.secret == seeds::REPO_TOKEN).expect("seeded").reach.clone();
        cloud.add_token(Token::access(WITH_ACCOUNT, reach, &["account", "repository"]));
    });
    assert_eq!(of(USER, WITH_ACCOUNT).status, 401);
    // not settled, so both can be had
    sandbox.cloud(|cloud| cloud.switches.user_for_access_tokens = true);
    assert_eq!(of(USER, WITH_ACCOUNT).json()["type"], "app_user");
    let repository = |place| of(&format!("https://api.bitbucket.org/2.0/repositories/{place}"), seeds::REPO_TOKEN);
    assert_eq!(repository(seeds::APP).json()["full_name"], seeds::APP);
    assert_eq!(repository(seeds::LIB).status, 404);
    let basic =
        get(&sandbox, "https://api.bitbucket.org/2.0/repositories/acme/app").basic("x-token-auth", seeds::REPO_TOKEN);
    is_wrong(&basic.send());
}

#[test]
fn an_oauth_token_is_taken_as_bearer_only() {
    let sandbox = Sandbox::start();
    let now = sandbox.now();
    let (token, _) = sandbox.cloud(|cloud| cloud.oauth.grant(seeds::CONSUMER_ID, seeds::ALICE, &["account"], now));
    assert_eq!(user(&sandbox).bearer(&token).send().json()["username"], "alice");
    is_wrong(&user(&sandbox).basic("x-token-auth", &token).send());
    is_wrong(&get(&sandbox, &format!("{USER}?access_token={token}")).send());
}

#[test]
fn what_is_gone_says_so() {
    let sandbox = Sandbox::start();
    let status = |path: &str| {
        get(&sandbox, &format!("https://api.bitbucket.org{path}"))
            .basic(seeds::ALICE_EMAIL, seeds::API_TOKEN)
            .send()
            .status
    };
    for path in ["/2.0/repositories", "/2.0/workspaces", "/2.0/user/permissions/repositories"] {
        assert_eq!(status(path), 410, "{path}");
    }
    assert_eq!(status("/2.0/user/workspaces"), 200);
    assert_eq!(status("/user"), 403, "without the version");
    assert_eq!(status("/2.0/nonsense"), 404);
}

#[test]
fn in_2019_passwords_worked_and_a_second_factor_was_an_empty_403() {
    let sandbox = Sandbox::start();
    sandbox.cloud(|cloud| cloud.classic());
    assert_eq!(user(&sandbox).basic(seeds::ALICE, seeds::ALICE_PASSWORD).send().status, 200);
    assert_eq!(user(&sandbox).basic(seeds::ALICE, seeds::APP_PASSWORD).send().status, 200);
    sandbox.cloud(|cloud| cloud.user_mut(seeds::BOB).expect("seeded").two_factor = true);
    let answer = user(&sandbox).basic(seeds::BOB, seeds::BOB_PASSWORD).send();
    assert_eq!((answer.status, answer.body.as_str()), (403, ""));
}
