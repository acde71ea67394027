//! Signing in by browser at bitbucket.org: the consent page, the way back, the code.

use crate::client::{Ask, get, post};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bitbucket_sandbox::oauth::ScopeKey;
use bitbucket_sandbox::{Sandbox, seeds};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::time::Duration;
use url::Url;

pub const REDIRECT: &str = "http://127.0.0.1:51234/callback";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more-0123";

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

fn authorize_url(extra: &[(&str, &str)]) -> String {
    let mut url = Url::parse("https://bitbucket.org/site/oauth2/authorize").expect("an address");
    let usual = [("client_id", seeds::CONSUMER_ID), ("response_type", "code"), ("state", "s t&te")];
    let kept = usual.into_iter().filter(|(key, _)| !extra.iter().any(|(other, _)| other == key));
    url.query_pairs_mut().extend_pairs(kept.chain(extra.iter().copied()));
    url.to_string()
}

/// Presses a button of the consent page, and reads what the browser is sent back with.
fn decide(sandbox: &Sandbox, extra: &[(&str, &str)], decision: &str) -> HashMap<String, String> {
    let answer = post(sandbox, &authorize_url(extra), &[("decision", decision)]).send();
    assert_eq!(answer.status, 302, "{answer:?}");
    let back = Url::parse(answer.header("location").expect("a way back")).expect("an address");
    back.query_pairs().into_owned().collect()
}

fn code(sandbox: &Sandbox, extra: &[(&str, &str)]) -> String {
    decide(sandbox, extra, "allow").remove("code").expect("a code")
}

fn token<'a>(sandbox: &'a Sandbox, form: &[(&str, &str)]) -> Ask<'a> {
    post(sandbox, "https://bitbucket.org/site/oauth2/access_token", form)
}

fn exchange(sandbox: &Sandbox, code: &str, extra: &[(&str, &str)]) -> (u16, Value) {
    let form = [&[("grant_type", "authorization_code"), ("code", code)], extra].concat();
    let answer = token(sandbox, &form).basic(seeds::CONSUMER_ID, seeds::CONSUMER_SECRET).send();
    (answer.status, answer.json())
}

fn invalid_grant() -> (u16, Value) {
    (400, json!({"error": "invalid_grant", "error_description": "The specified code is not valid."}))
}

#[test]
fn a_person_who_agrees_sends_a_code_that_becomes_tokens() {
    let sandbox = Sandbox::start();
    let redirect = [("redirect_uri", REDIRECT)];
    let page = get(&sandbox, &authorize_url(&redirect)).send();
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Git credential helper") && page.body.contains("alice"), "{}", page.body);
    let back = decide(&sandbox, &redirect, "allow");
    assert_eq!(back["state"], "s t&te");
    let (status, tokens) = exchange(&sandbox, &back["code"], &redirect);
    assert_eq!(status, 200);
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("bearer"), &json!(7200)));
    for key in ["access_token", "refresh_token"] {
        let length = tokens[key].as_str().map_or(0, str::len);
        assert!(length > 2500, "{key} has {length} characters");
    }
    assert_eq!(tokens["scope"], "account repository repository:write");
    assert_eq!(tokens.get("scopes"), None);
    let user =
        get(&sandbox, "https://api.bitbucket.org/2.0/user").bearer(tokens["access_token"].as_str().expect("text"));
    assert_eq!(user.send().json()["username"], "alice");
}

#[test]
fn a_person_who_declines_sends_an_error_with_the_state() {
    let sandbox = Sandbox::start();
    let back = decide(&sandbox, &[("redirect_uri", REDIRECT)], "deny");
    assert_eq!((back["error"].as_str(), back["state"].as_str()), ("access_denied", "s t&te"));
    assert!(!back.contains_key("code"));
}

#[test]
fn the_client_proves_itself_by_basic_or_in_the_body() {
    let sandbox = Sandbox::start();
    let form = |code: String, secret| {
        let (id, grant) = (("client_id", seeds::CONSUMER_ID), ("grant_type", "authorization_code"));
        token(&sandbox, &[id, ("client_secret", secret), grant, ("code", &code)]).send()
    };
    assert_eq!(form(code(&sandbox, &[]), seeds::CONSUMER_SECRET).status, 200);
    let wrong = form(code(&sandbox, &[]), "wrong");
    assert_eq!((wrong.status, &wrong.json()["error"]), (400, &json!("unauthorized_client")));
    let nobody = token(&sandbox, &[("grant_type", "authorization_code")]).send();
    assert_eq!((nobody.status, &nobody.json()["error"]), (400, &json!("unauthorized_client")));
    let other = token(&sandbox, &[("grant_type", "authorization_code"), ("code", &code(&sandbox, &[]))]);
    let other = other.basic(seeds::FIXED_CONSUMER_ID, seeds::FIXED_CONSUMER_SECRET).send();
    assert_eq!((other.status, other.json()), invalid_grant(), "a code is for the client that asked");
}

#[test]
fn a_code_is_good_for_one_try_at_one_place_within_its_time() {
    let sandbox = Sandbox::start();
    let once = code(&sandbox, &[]);
    assert_eq!(exchange(&sandbox, &once, &[]).0, 200);
    assert_eq!(exchange(&sandbox, &once, &[]), invalid_grant());
    let elsewhere = code(&sandbox, &[("redirect_uri", REDIRECT)]);
    assert_eq!(exchange(&sandbox, &elsewhere, &[("redirect_uri", "http://127.0.0.1:1/")]), invalid_grant());
    let late = code(&sandbox, &[]);
    sandbox.advance(Duration::from_secs(601));
    assert_eq!(exchange(&sandbox, &late, &[]), invalid_grant());
}

#[test]
fn a_challenge_wants_its_verifier() {
    let sandbox = Sandbox::start();
    let asked = [("code_challenge", &*challenge()), ("code_challenge_method", "S256")];
    let right = code(&sandbox, &asked);
    assert_eq!(exchange(&sandbox, &right, &[("code_verifier", VERIFIER)]).0, 200);
    for wrong in [&[("code_verifier", "another")][..], &[]] {
        assert_eq!(exchange(&sandbox, &code(&sandbox, &asked), wrong), invalid_grant());
    }
    // whether Cloud looks at it is not settled
    sandbox.cloud(|cloud| cloud.oauth.settings.check_pkce = false);
    assert_eq!(exchange(&sandbox, &code(&sandbox, &asked), &[]).0, 200);
}

#[test]
fn the_way_back_begins_with_the_registered_one_or_is_any_port_of_the_loopback() {
    let sandbox = Sandbox::start();
    for fine in ["http://127.0.0.1/", "http://127.0.0.1/more", "http://127.0.0.1:8080/", REDIRECT] {
        let page = get(&sandbox, &authorize_url(&[("redirect_uri", fine)])).send();
        assert_eq!(page.status, 200, "{fine}");
    }
    for wrong in ["http://localhost/", "https://127.0.0.1/", "http://127.0.0.1.evil.example/", "https://evil.example/"]
    {
        let page = get(&sandbox, &authorize_url(&[("redirect_uri", wrong)])).send();
        // shown to the person, and not told to the address
        assert_eq!((page.status, page.header("location")), (400, None), "{wrong}");
        assert!(page.body.contains("Invalid redirect_uri"), "{}", page.body);
    }
    let fixed = |redirect| {
        get(&sandbox, &authorize_url(&[("client_id", seeds::FIXED_CONSUMER_ID), ("redirect_uri", redirect)]))
            .send()
            .status
    };
    assert_eq!(fixed("http://localhost:34106/"), 200);
    assert_eq!(fixed("http://localhost:34107/"), 400, "a port counts where the host is no address");
}

#[test]
fn requests_that_make_no_sense_are_sent_back_with_the_reason() {
    let sandbox = Sandbox::start();
    for (extra, error) in
        [(("response_type", "token"), "unsupported_response_type"), (("scope", "repository:admin"), "invalid_scope")]
    {
        let answer = get(&sandbox, &authorize_url(&[("redirect_uri", REDIRECT), extra])).send();
        assert!(answer.header("location").is_some_and(|back| back.contains(error)), "{answer:?}");
    }
    let unknown = get(&sandbox, &authorize_url(&[("client_id", "nobody"), ("redirect_uri", REDIRECT)])).send();
    assert_eq!((unknown.status, unknown.header("location")), (400, None));
}

#[test]
fn the_scopes_stand_under_the_new_key_the_old_one_a_list_or_nowhere() {
    let sandbox = Sandbox::start();
    for (key, scope, scopes) in [
        (ScopeKey::Scope, json!("account repository repository:write"), Value::Null),
        (ScopeKey::Scopes, Value::Null, json!("account repository repository:write")),
        (ScopeKey::List, Value::Null, json!(["account", "repository", "repository:write"])),
        (ScopeKey::Missing, Value::Null, Value::Null),
    ] {
        sandbox.cloud(|cloud| cloud.oauth.settings.scope_key = key);
        let (_, tokens) = exchange(&sandbox, &code(&sandbox, &[("scope", "repository")]), &[]);
        assert_eq!((&tokens["scope"], &tokens["scopes"]), (&scope, &scopes), "{key:?}");
    }
}

#[test]
fn client_credentials_act_for_the_workspace_and_get_no_refresh_token() {
    let sandbox = Sandbox::start();
    let form = [("grant_type", "client_credentials")];
    let tokens = token(&sandbox, &form).basic(seeds::CONSUMER_ID, seeds::CONSUMER_SECRET).send().json();
    assert_eq!(tokens.get("refresh_token"), None);
    let access = tokens["access_token"].as_str().expect("text");
    let status = |place: &str| {
        let url = format!("https://bitbucket.org/{place}.git/info/refs?service=git-upload-pack");
        get(&sandbox, &url).basic("x-token-auth", access).send().status
    };
    assert_eq!((status(seeds::APP), status(seeds::SITE)), (200, 401));
}

#[test]
fn the_endpoint_speaks_html_to_a_bearer_and_json_about_unknown_grants() {
    let sandbox = Sandbox::start();
    let bearer = token(&sandbox, &[("grant_type", "refresh_token")]).bearer("x").send();
    assert!(bearer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{bearer:?}");
    let unknown = token(&sandbox, &[]).basic(seeds::CONSUMER_ID, seeds::CONSUMER_SECRET).send();
    assert_eq!(unknown.json()["error_description"], "Unsupported grant type: None");
    for grant in ["password", "urn:ietf:params:oauth:grant-type:device_code"] {
        let answer = token(&sandbox, &[("grant_type", grant)]).basic(seeds::CONSUMER_ID, seeds::CONSUMER_SECRET).send();
        assert_eq!(answer.status, 400, "{grant}");
    }
}
