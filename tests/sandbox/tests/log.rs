//! The request log: everything for tests, and a line without a secret for people.

use crate::client::{get, post};
use bitbucket_sandbox::{Authorization, Sandbox, seeds};

#[test]
fn a_request_is_kept_whole_and_shown_without_its_secret() {
    let sandbox = Sandbox::start();
    get(&sandbox, "https://api.bitbucket.org/2.0/user?x=canary-query")
        .basic(seeds::ALICE_EMAIL, seeds::API_TOKEN)
        .send();
    let seen = sandbox.requests().pop().expect("seen");
    let shown = seen.to_string();
    assert_eq!(shown, "200 GET     https://api.bitbucket.org/2.0/user  [Basic alice@acme.example:****] as alice");
    let basic = Authorization::Basic { user: seeds::ALICE_EMAIL.into(), secret: seeds::API_TOKEN.into() };
    assert_eq!(seen.credential(), basic);
    assert!(seen.carries(seeds::API_TOKEN) && seen.carries("canary-query") && !seen.carries("elsewhere"));
    assert!(seen.is_api());
}

#[test]
fn no_secret_of_any_kind_is_shown() {
    let sandbox = Sandbox::start();
    let refs = "https://bitbucket.org/acme/app.git/info/refs?service=git-upload-pack";
    get(&sandbox, refs).basic("x-token-auth", seeds::REPO_TOKEN).send();
    get(&sandbox, &format!("{}/rest/api/1.0/users", seeds::CORP)).bearer(seeds::HTTP_TOKEN).send();
    let form = [("client_secret", seeds::CONSUMER_SECRET), ("refresh_token", "canary-refresh")];
    post(&sandbox, "https://bitbucket.org/site/oauth2/access_token?code=canary-code", &form).send();
    let shown: String = sandbox.requests().iter().map(|seen| format!("{seen}\n")).collect();
    assert!(!shown.to_lowercase().contains("canary"), "{shown}");
    let posted = sandbox.requests().pop().expect("seen");
    assert!(posted.carries("canary-refresh") && posted.carries(seeds::CONSUMER_SECRET));
}

#[test]
fn an_empty_password_is_told_from_a_hidden_one() {
    let sandbox = Sandbox::start();
    get(&sandbox, &format!("{}/login", seeds::CORP)).basic("alice", "").send();
    assert!(sandbox.requests()[0].to_string().contains("[Basic alice:]"), "{}", sandbox.requests()[0]);
}

#[test]
fn a_tunnel_to_a_strange_host_is_noted_before_anything_is_said_in_it() {
    let sandbox = Sandbox::start();
    get(&sandbox, "https://bitbucket.org.evil.example/").send();
    let seen: Vec<_> = sandbox.requests().into_iter().map(|seen| (seen.method, seen.host, seen.status)).collect();
    let host = || "bitbucket.org.evil.example".to_owned();
    assert_eq!(seen, [("CONNECT".to_owned(), host(), 200), ("GET".to_owned(), host(), 401)]);
    let ask = get(&sandbox, "https://down.example/").try_send();
    assert!(ask.is_err());
    assert_eq!(sandbox.requests_to("down.example").len(), 1);
}

#[test]
fn a_strange_host_and_the_cloud_in_the_clear_ask_everybody_and_take_nobody() {
    let sandbox = Sandbox::start();
    for (url, realm) in [
        ("https://evil.example/scm/x.git", "Basic realm=\"Atlassian Bitbucket\""),
        ("http://git.corp.example/scm/prj/app.git", "Basic realm=\"Atlassian Bitbucket\""),
        ("http://bitbucket.org/acme/app.git", "Basic realm=\"Bitbucket.org HTTP\""),
    ] {
        let answer = get(&sandbox, url).basic(seeds::ALICE, "nobodys-secret").send();
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some(realm)), "{url}");
    }
}

#[test]
fn who_watches_hears_of_each_request_and_a_cleared_log_is_empty() {
    let sandbox = Sandbox::start();
    let watch = sandbox.watch();
    get(&sandbox, "https://bitbucket.org/").send();
    assert_eq!(watch.recv().expect("heard").target, "/");
    sandbox.clear_log();
    assert!(sandbox.requests().is_empty() && sandbox.api_requests().is_empty());
    get(&sandbox, &format!("{}/rest/api/1.0/users", seeds::CODE)).send();
    assert_eq!((sandbox.api_requests().len(), sandbox.requests_to("code.corp.example").len()), (1, 1));
}
