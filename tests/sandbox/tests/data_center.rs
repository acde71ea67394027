//! A Data Center: whom it knows, which secrets it takes where, and how it says no.

use crate::client::{Answer, Ask, get};
use bitbucket_sandbox::{Sandbox, seeds};
use serde_json::json;

const CHALLENGE: &str = "Basic realm=\"Atlassian Bitbucket\"";

fn properties(sandbox: &Sandbox) -> Ask<'_> {
    get(sandbox, &format!("{}/rest/api/latest/application-properties", seeds::CODE))
}

fn refs<'a>(sandbox: &'a Sandbox, place: &str) -> Ask<'a> {
    get(sandbox, &format!("{}/scm/{place}.git/info/refs?service=git-upload-pack", seeds::CODE))
}

#[track_caller]
fn is_refused(answer: &Answer) {
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some(CHALLENGE)), "{answer:?}");
    assert_eq!(answer.header("x-ausername"), None);
    let error = json!({
        "context": null,
        "message": "Authentication failed. Please check your credentials and try again.",
        "exceptionName": "com.atlassian.bitbucket.auth.IncorrectPasswordAuthenticationException",
    });
    assert_eq!(answer.json(), json!({"errors": [error]}));
}

#[test]
fn anybody_may_ask_what_it_is_and_is_not_named() {
    let sandbox = Sandbox::start();
    for site in [seeds::CORP.to_owned(), seeds::CODE.to_owned(), sandbox.loopback_site()] {
        let answer = get(&sandbox, &format!("{site}/rest/api/1.0/application-properties")).send();
        assert_eq!((answer.status, answer.header("x-ausername")), (200, None), "{site}");
        assert!(answer.header("x-arequestid").is_some());
        for key in ["version", "buildNumber", "buildDate", "displayName"] {
            assert!(answer.json()[key].is_string(), "{key}");
        }
    }
    let beside = get(&sandbox, "https://code.corp.example/rest/api/1.0/application-properties").send();
    assert_eq!(beside.status, 404, "not under the context path");
}

#[test]
fn whoever_it_knows_is_named_on_every_answer_and_percent_encoded() {
    let sandbox = Sandbox::start();
    for (name, secret, told) in
        [("ALICE", seeds::DC_ALICE_PASSWORD, "alice"), (seeds::CAROL, seeds::DC_CAROL_PASSWORD, "carol%40corp.example")]
    {
        let answer = properties(&sandbox).basic(name, secret).send();
        assert_eq!((answer.status, answer.header("x-ausername")), (200, Some(told)));
        assert!(answer.header("x-auserid").is_some());
    }
    let missing = get(&sandbox, &format!("{}/rest/nothing", seeds::CODE)).bearer(seeds::HTTP_TOKEN).send();
    assert_eq!((missing.status, missing.header("x-ausername")), (404, Some("alice")));
    let git = refs(&sandbox, seeds::DC_APP).basic("alice", seeds::HTTP_TOKEN).send();
    assert_eq!((git.status, git.header("x-ausername")), (200, Some("alice")));
}

#[test]
fn a_wrong_secret_is_refused_in_json() {
    let sandbox = Sandbox::start();
    is_refused(&properties(&sandbox).basic("alice", "wrong").send());
    is_refused(&properties(&sandbox).bearer("wrong").send());
    is_refused(&properties(&sandbox).bearer(seeds::HTTP_TOKEN_EXPIRED).send());
    is_refused(&properties(&sandbox).basic("alice", seeds::DC_BOB_PASSWORD).send());
}

#[test]
fn an_http_token_goes_as_bearer_or_with_its_owners_name() {
    let sandbox = Sandbox::start();
    for token in [seeds::HTTP_TOKEN, seeds::HTTP_TOKEN_LEGACY] {
        for ask in [properties(&sandbox).bearer(token), properties(&sandbox).basic("alice", token)] {
            assert_eq!(ask.send().header("x-ausername"), Some("alice"));
        }
        for name in ["bob", "x-token-auth"] {
            is_refused(&properties(&sandbox).basic(name, token).send());
        }
    }
    assert_eq!(push(&sandbox, seeds::HTTP_TOKEN_READ_ONLY), 403);
    assert_eq!(push(&sandbox, seeds::HTTP_TOKEN), 200);
}

fn push(sandbox: &Sandbox, token: &str) -> u16 {
    let url = format!("{}/scm/prj/app.git/info/refs?service=git-receive-pack", seeds::CODE);
    get(sandbox, &url).bearer(token).send().status
}

#[test]
fn tokens_are_taken_below_rest_and_scm_and_nowhere_else() {
    let sandbox = Sandbox::start();
    let whoami = || get(&sandbox, &format!("{}/plugins/servlet/applinks/whoami", seeds::CODE));
    let bearer = whoami().bearer(seeds::HTTP_TOKEN).send();
    assert_eq!((bearer.status, bearer.header("location")), (302, Some("https://code.corp.example/bitbucket/login")));
    let counted = || sandbox.data_center(seeds::CODE, |server| server.directory.failures.of("alice").wrong);
    let before = counted();
    is_refused(&whoami().basic("alice", seeds::HTTP_TOKEN).send());
    assert_eq!(counted(), before + 1, "and it counts towards the CAPTCHA");
    assert_eq!(whoami().basic("alice", seeds::DC_ALICE_PASSWORD).send().body, "alice");
    assert_eq!(whoami().send().body, "");
}

#[test]
fn a_token_of_a_project_or_repository_is_a_user_of_its_own() {
    let sandbox = Sandbox::start();
    for (token, name) in
        [(seeds::DC_PROJECT_TOKEN, "access-token-user%2FPRJ"), (seeds::DC_REPO_TOKEN, "access-token-user%2FPRJ%2Fapp")]
    {
        assert_eq!(properties(&sandbox).bearer(token).send().header("x-ausername"), Some(name));
        assert_eq!(refs(&sandbox, seeds::DC_APP).basic("x-token-auth", token).send().status, 200);
        is_refused(&refs(&sandbox, seeds::DC_APP).basic("alice", token).send());
    }
    // older versions take them as bearer only
    sandbox.data_center(seeds::CODE, |server| server.directory.token_basic = false);
    is_refused(&refs(&sandbox, seeds::DC_APP).basic("x-token-auth", seeds::DC_PROJECT_TOKEN).send());
    assert_eq!(refs(&sandbox, seeds::DC_APP).bearer(seeds::DC_PROJECT_TOKEN).send().status, 200);
}

#[test]
fn git_is_asked_under_the_realm_that_marks_the_product() {
    let sandbox = Sandbox::start();
    let answer = refs(&sandbox, seeds::DC_APP).send();
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some(CHALLENGE)));
    assert!(answer.header("x-arequestid").is_some());
}

#[test]
fn what_one_may_not_see_is_an_error_in_a_200_that_git_takes_for_good() {
    let sandbox = Sandbox::start();
    let answer = refs(&sandbox, seeds::DC_LIB).bearer(seeds::DC_REPO_TOKEN).send();
    assert_eq!(answer.status, 200);
    assert!(answer.body.starts_with("001e# service=git-upload-pack\n0000"), "{}", answer.body);
    assert!(answer.body.contains("ERR Repository not found"), "{}", answer.body);
}

#[test]
fn what_one_may_not_do_is_a_401_that_names_its_caller() {
    let sandbox = Sandbox::start();
    let url = format!("{}/rest/access-tokens/latest/users/bob", seeds::CODE);
    let answer = get(&sandbox, &url).basic("alice", seeds::DC_ALICE_PASSWORD).send();
    assert_eq!((answer.status, answer.header("x-ausername")), (401, Some("alice")));
    assert!(answer.body.contains("AuthorisationException"), "{}", answer.body);
}

#[test]
fn the_public_sees_what_is_public_only_where_that_is_switched_on() {
    let sandbox = Sandbox::start();
    assert_eq!(refs(&sandbox, seeds::DC_PUBLIC).send().status, 401);
    sandbox.data_center(seeds::CODE, |server| server.switches.public_access = true);
    assert_eq!(refs(&sandbox, seeds::DC_PUBLIC).send().status, 200);
    assert_eq!(refs(&sandbox, seeds::DC_APP).send().status, 401);
}

#[test]
fn where_basic_is_off_only_bearer_and_the_allowed_come_in() {
    let sandbox = Sandbox::start();
    sandbox.data_center(seeds::CODE, |server| {
        server.switches.basic = false;
        server.switches.basic_allowlist = vec!["admin".to_owned()];
    });
    for secret in [seeds::DC_ALICE_PASSWORD, seeds::HTTP_TOKEN] {
        assert_eq!(properties(&sandbox).basic("alice", secret).send().status, 403);
    }
    assert_eq!(properties(&sandbox).bearer(seeds::HTTP_TOKEN).send().status, 200);
    assert_eq!(properties(&sandbox).basic("admin", seeds::DC_ADMIN_PASSWORD).send().status, 200);
}

#[test]
fn how_people_sign_in_and_whether_there_is_oauth_can_be_asked() {
    let sandbox = Sandbox::start();
    let ask = |path: &str| get(&sandbox, &format!("{}/rest/{path}", seeds::CODE)).send();
    assert_eq!(ask("authconfig/1.0/login-options").json()["results"][0]["type"], "LOGIN_FORM");
    assert_eq!(ask("oauth2/1.0/client").status, 401);
    sandbox.data_center(seeds::CODE, |server| {
        server.switches.login_form = false;
        server.switches.oauth = false;
    });
    assert_eq!(ask("authconfig/1.0/login-options").json()["results"][0]["type"], "IDP");
    assert_eq!(ask("oauth2/1.0/client").status, 404);
}

#[test]
fn a_token_is_made_with_a_password_shown_once_and_cannot_make_another() {
    let sandbox = Sandbox::start();
    let url = format!("{}/rest/access-tokens/latest/users/alice", seeds::CODE);
    let wish = r#"{"name": "laptop", "permissions": ["PROJECT_READ", "REPO_WRITE"], "expiryDays": 30}"#;
    let put = || get(&sandbox, &url).method("PUT").json(wish);
    let made = put().basic("alice", seeds::DC_ALICE_PASSWORD).send().json();
    let secret = made["token"].as_str().expect("shown once");
    assert!(secret.starts_with("BBDC-"), "{secret}");
    assert!(made["expiryDate"].is_u64() && made["createdDate"].is_u64());
    assert_eq!(properties(&sandbox).bearer(secret).send().header("x-ausername"), Some("alice"));
    assert_eq!(put().bearer(secret).send().status, 401);
    let one = format!("{url}/{}", made["id"].as_str().expect("an id"));
    let again = get(&sandbox, &one).basic("alice", seeds::DC_ALICE_PASSWORD).send().json();
    assert_eq!((&again["name"], again.get("token")), (&json!("laptop"), None));
    let gone = get(&sandbox, &one).method("DELETE").basic("alice", seeds::DC_ALICE_PASSWORD).send();
    assert_eq!(gone.status, 204);
    is_refused(&properties(&sandbox).bearer(secret).send());
}
