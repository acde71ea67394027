//! The OAuth provider of a Data Center: one exact way back, short codes, PKCE for clients without a secret.

use crate::client::{Answer, Ask, get, post};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bitbucket_sandbox::{Sandbox, seeds};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::time::Duration;
use url::Url;

const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more-0123";

fn authorize(client: &str, redirect: &str, scope: &str, challenge: Option<&str>) -> String {
    let mut url = Url::parse(&format!("{}/rest/oauth2/latest/authorize", seeds::CODE)).expect("an address");
    let fixed = [("client_id", client), ("redirect_uri", redirect), ("response_type", "code"), ("state", "x")];
    url.query_pairs_mut().extend_pairs(fixed).append_pair("scope", scope);
    if let Some(challenge) = challenge {
        let pkce = [("code_challenge", challenge), ("code_challenge_method", "S256")];
        url.query_pairs_mut().extend_pairs(pkce);
    }
    url.to_string()
}

fn token<'a>(sandbox: &'a Sandbox, form: &[(&str, &str)]) -> Ask<'a> {
    post(sandbox, &format!("{}/rest/oauth2/latest/token", seeds::CODE), form)
}

fn code(sandbox: &Sandbox, url: &str) -> String {
    let answer = post(sandbox, url, &[("decision", "allow")]).send();
    let back = Url::parse(answer.header("location").expect("a way back")).expect("an address");
    back.query_pairs().find(|(key, _)| key == "code").expect("a code").1.into_owned()
}

fn exchange(sandbox: &Sandbox, client: &[(&str, &str)], code: &str) -> Answer {
    let form =
        [client, &[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", seeds::LINK_REDIRECT)]]
            .concat();
    token(sandbox, &form).send()
}

const LINK: [(&str, &str); 2] = [("client_id", seeds::LINK_ID), ("client_secret", seeds::LINK_SECRET)];

#[test]
fn fewer_scopes_are_granted_where_fewer_are_asked_for() {
    let sandbox = Sandbox::start();
    let url = authorize(seeds::LINK_ID, seeds::LINK_REDIRECT, "REPO_READ", None);
    let tokens = exchange(&sandbox, &LINK, &code(&sandbox, &url)).json();
    assert_eq!((&tokens["scope"], &tokens["expires_in"]), (&json!("REPO_READ"), &json!(3600)));
    let access = tokens["access_token"].as_str().expect("text");
    let refs = |service| format!("{}/scm/prj/app.git/info/refs?service={service}", seeds::CODE);
    assert_eq!(get(&sandbox, &refs("git-upload-pack")).bearer(access).send().status, 200);
    assert_eq!(get(&sandbox, &refs("git-receive-pack")).bearer(access).send().status, 403);
    assert_eq!(get(&sandbox, &refs("git-upload-pack")).basic("anything", access).send().status, 200);
    let elsewhere = get(&sandbox, &refs("git-upload-pack").replace("code.corp.example/bitbucket", "git.corp.example"));
    assert_eq!(elsewhere.bearer(access).send().status, 401, "another site");
}

#[test]
fn the_way_back_is_the_registered_one_to_the_letter() {
    let sandbox = Sandbox::start();
    for wrong in ["http://127.0.0.1:34106/", "http://127.0.0.1:34107/callback", "http://127.0.0.1:34106/callback/x"] {
        let page = get(&sandbox, &authorize(seeds::LINK_ID, wrong, "REPO_READ", None)).send();
        assert_eq!((page.status, page.header("location")), (400, None), "{wrong}");
    }
}

#[test]
fn a_code_lasts_ten_seconds() {
    let sandbox = Sandbox::start();
    let late = code(&sandbox, &authorize(seeds::LINK_ID, seeds::LINK_REDIRECT, "REPO_READ", None));
    sandbox.advance(Duration::from_secs(12));
    assert_eq!(exchange(&sandbox, &LINK, &late).json()["error"], "invalid_grant");
}

#[test]
fn a_client_without_a_secret_needs_a_challenge() {
    let sandbox = Sandbox::start();
    let refused = get(&sandbox, &authorize(seeds::PUBLIC_LINK_ID, seeds::LINK_REDIRECT, "REPO_READ", None)).send();
    assert!(refused.header("location").is_some_and(|back| back.contains("invalid_request")), "{refused:?}");
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let url = authorize(seeds::PUBLIC_LINK_ID, seeds::LINK_REDIRECT, "REPO_READ", Some(&challenge));
    let client = [("client_id", seeds::PUBLIC_LINK_ID), ("code_verifier", VERIFIER)];
    assert_eq!(exchange(&sandbox, &client, &code(&sandbox, &url)).status, 200);
    let without = [("client_id", seeds::PUBLIC_LINK_ID)];
    assert_eq!(exchange(&sandbox, &without, &code(&sandbox, &url)).status, 400);
}

#[test]
fn a_refresh_replaces_the_refresh_token_at_once_and_no_client_acts_for_itself() {
    let sandbox = Sandbox::start();
    let url = authorize(seeds::LINK_ID, seeds::LINK_REDIRECT, "REPO_WRITE", None);
    let first = exchange(&sandbox, &LINK, &code(&sandbox, &url)).json();
    let first = first["refresh_token"].as_str().expect("text");
    let form = [&LINK[..], &[("grant_type", "refresh_token"), ("refresh_token", first)]].concat();
    let second = token(&sandbox, &form).send();
    assert_eq!(second.status, 200);
    assert_ne!(second.json()["refresh_token"], first);
    assert_eq!(token(&sandbox, &form).send().status, 400, "no overlap is documented");
    let itself = [&LINK[..], &[("grant_type", "client_credentials")]].concat();
    assert_eq!(token(&sandbox, &itself).send().status, 400);
}
