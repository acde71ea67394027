//! HTTP access tokens: made, listed and deleted by REST, within the administrator's policy; where they are honoured.

use super::client::{Answer, Ask};
use super::desk::{self, Desk};
use super::{PROPERTIES, alice_failed, corp};
use bitbucket_sandbox::data_center::{Endless, TokenPolicy};
use bitbucket_sandbox::{Sandbox, seeds};
use serde_json::{Value, json};
use std::time::Duration;

const ALICES: &str = "/rest/access-tokens/latest/users/alice";
const WHOAMI: &str = "/plugins/servlet/applinks/whoami";
const DAY: u64 = 86_400;

fn asked(days: Option<u64>) -> Value {
    let mut body = json!({"name": "git on a laptop", "permissions": ["PROJECT_READ", "REPO_WRITE"]});
    if let Some(days) = days {
        body["expiryDays"] = days.into();
    }
    body
}

fn created(sandbox: &Sandbox, path: &str, body: &Value) -> Answer {
    let ask = Ask::new(sandbox, "PUT", path).json(body);
    ask.basic(seeds::ALICE, seeds::DC_ALICE_PASSWORD).sent()
}

/// How long a token lives, from the dates that the server gives in milliseconds.
fn days(made: &Value) -> Option<u64> {
    let life = made["expiryDate"].as_u64()? - made["createdDate"].as_u64()?;
    Some(life / 1000 / DAY)
}

fn as_alice(sandbox: &Sandbox, method: &str, path: &str) -> Answer {
    Ask::new(sandbox, method, path).basic(seeds::ALICE, seeds::DC_ALICE_PASSWORD).sent()
}

#[test]
fn a_person_makes_a_token_uses_it_and_deletes_it() {
    let sandbox = corp(|_| {});
    let made = created(&sandbox, ALICES, &asked(Some(30))).json();
    let (token, id) = (made["token"].as_str().expect("shown this once"), made["id"].as_str().expect("an id"));
    assert!(token.starts_with("BBDC-"), "{token}");
    assert_eq!(days(&made), Some(30));
    let listed = as_alice(&sandbox, "GET", ALICES);
    assert!(listed.body.contains("git on a laptop") && !listed.body.contains(token), "{}", listed.body);
    let who = |sandbox| Ask::get(sandbox, PROPERTIES).bearer(token).sent();
    assert_eq!(who(&sandbox).user(), Some(seeds::ALICE));
    assert_eq!(as_alice(&sandbox, "DELETE", &format!("{ALICES}/{id}")).status, 204);
    assert_eq!(who(&sandbox).status, 401);
    assert_eq!(as_alice(&sandbox, "DELETE", &format!("{ALICES}/{id}")).status, 404);
}

#[test]
fn a_token_ends_on_its_day() {
    let sandbox = corp(|_| {});
    let made = created(&sandbox, ALICES, &asked(Some(30))).json();
    let token = made["token"].as_str().expect("a token").to_owned();
    sandbox.advance(Duration::from_secs(30 * DAY - 60));
    assert_eq!(Ask::get(&sandbox, PROPERTIES).bearer(&token).sent().status, 200);
    sandbox.advance(Duration::from_secs(120));
    assert_eq!(Ask::get(&sandbox, PROPERTIES).bearer(&token).sent().status, 401);
}

#[test]
fn the_administrators_policy_binds_new_tokens() {
    let policy = |endless| TokenPolicy { max_days: Some(90), endless, most: None };
    let sandbox = corp(|site| site.directory.token_policy = policy(Endless::Refused));
    let ask = |days| created(&sandbox, ALICES, &asked(days));
    assert_eq!(
        [ask(Some(91)).status, ask(None).status, ask(Some(0)).status, ask(Some(90)).status],
        [400, 400, 400, 200]
    );
    assert!(ask(Some(91)).body.contains("90 days"));
    sandbox.data_center(seeds::CORP, |site| site.directory.token_policy = policy(Endless::GetsTheMost));
    assert_eq!(days(&ask(None).json()), Some(90));
    sandbox.data_center(seeds::CORP, |site| site.directory.token_policy = policy(Endless::Allowed));
    assert_eq!(days(&ask(None).json()), None);
}

#[test]
fn nobody_has_more_tokens_than_the_administrator_allows() {
    let sandbox = corp(|site| site.directory.token_policy.most = Some(5));
    let statuses: Vec<u16> = (0..2).map(|_| created(&sandbox, ALICES, &asked(None)).status).collect();
    assert_eq!(statuses, [200, 400], "four were there");
}

#[test]
fn a_token_without_a_name_or_with_too_high_a_permission_is_not_made() {
    let sandbox = corp(|_| {});
    for body in [
        json!({"permissions": ["REPO_READ"]}),
        json!({"name": "x"}),
        json!({"name": "x", "permissions": ["ADMIN"]}),
        json!({"name": "x", "permissions": ["SYS_ADMIN"]}),
    ] {
        assert_eq!(created(&sandbox, ALICES, &body).status, 400, "{body}");
    }
    assert_eq!(created(&sandbox, "/rest/access-tokens/latest/users/nobody", &asked(None)).status, 404);
}

#[test]
fn a_token_makes_no_tokens_and_the_refusal_names_its_owner() {
    let sandbox = corp(|_| {});
    let answer = Ask::new(&sandbox, "PUT", ALICES).json(&asked(None)).bearer(seeds::HTTP_TOKEN).sent();
    assert_eq!((answer.status, answer.user()), (401, Some(seeds::ALICE)));
    assert_eq!(answer.exception(), "AuthorisationException");
    let others = created(&sandbox, "/rest/access-tokens/latest/users/bob", &asked(None));
    assert_eq!((others.status, others.exception().as_str()), (401, "AuthorisationException"));
}

#[test]
fn projects_and_repositories_have_tokens_of_their_own() {
    let sandbox = corp(|_| {});
    for path in ["/projects/PRJ", "/projects/PRJ/repos/app"] {
        let made = created(&sandbox, &format!("/rest/access-tokens/1.0{path}"), &asked(None)).json();
        let token = made["token"].as_str().expect("a token");
        let answer = Ask::get(&sandbox, PROPERTIES).bearer(token).sent();
        assert!(answer.user().is_some_and(|name| name.starts_with("access-token-user%2FPRJ")), "{answer:?}");
    }
}

#[test]
fn project_and_repository_tokens_go_as_bearer_and_in_basic_where_the_server_is_new_enough() {
    for git in desk::gits() {
        let sandbox = corp(|site| site.directory.token_basic = false);
        for token in [seeds::DC_PROJECT_TOKEN, seeds::DC_REPO_TOKEN] {
            let bearer = Desk::of(&sandbox, &git, "nobody", "nothing");
            let header = format!("http.extraHeader=Authorization: Bearer {token}");
            bearer.git(&["-c", &header, "clone", "-q", &desk::at(seeds::DC_APP), "app"]).succeeds();
            sandbox.data_center(seeds::CORP, |site| site.directory.token_basic = false);
            let basic = Desk::of(&sandbox, &git, "x-token-auth", token);
            basic.clones().fails_saying("Authentication failed");
            assert!(!basic.still_knows());
            sandbox.data_center(seeds::CORP, |site| site.directory.token_basic = true);
            Desk::of(&sandbox, &git, "x-token-auth", token).clones().succeeds();
        }
    }
}

#[test]
fn outside_rest_and_scm_a_token_is_nothing_and_in_basic_it_leads_to_the_captcha() {
    let sandbox = corp(|_| {});
    let bearer = Ask::get(&sandbox, WHOAMI).bearer(seeds::HTTP_TOKEN).sent();
    assert_eq!((bearer.status, bearer.header("Location")), (302, Some("https://git.corp.example/login")));
    assert_eq!(alice_failed(&sandbox), 0);
    for _ in 0..5 {
        assert_eq!(Ask::get(&sandbox, WHOAMI).basic(seeds::ALICE, seeds::HTTP_TOKEN).sent().status, 401);
    }
    assert_eq!(alice_failed(&sandbox), 5);
    let right = as_alice(&sandbox, "GET", PROPERTIES);
    assert_eq!((right.status, right.exception().as_str()), (401, "CaptchaRequiredAuthenticationException"));
}

#[test]
fn a_server_from_before_the_fix_honours_tokens_everywhere() {
    for (version, status) in [("8.9.21", 200), ("8.9.22", 302), ("9.3.1", 200), ("9.3.2", 302), ("10.0.0", 302)] {
        let sandbox = corp(|site| site.age(version));
        assert_eq!(Ask::get(&sandbox, WHOAMI).bearer(seeds::HTTP_TOKEN).sent().status, status, "{version}");
    }
}
