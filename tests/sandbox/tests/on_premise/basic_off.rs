//! Basic switched off, single sign-on only, and OAuth with or without a provider and a link.

use super::client::Ask;
use super::desk::{self, Desk};
use super::{PROPERTIES, alice_failed, corp};
use bitbucket_sandbox::seeds;
use serde_json::json;

#[test]
fn with_basic_off_passwords_and_tokens_in_basic_are_refused_and_bearer_works() {
    for git in desk::gits() {
        let sandbox = corp(|site| site.switches.basic = false);
        for secret in [seeds::DC_ALICE_PASSWORD, seeds::HTTP_TOKEN] {
            let rest = Ask::get(&sandbox, PROPERTIES).basic(seeds::ALICE, secret).sent();
            assert_eq!(rest.status, 403);
            assert_eq!(rest.json()["message"], "Basic Authentication has been disabled on this instance.");
            let desk = Desk::of(&sandbox, &git, seeds::ALICE, secret);
            desk.clones().fails_saying("Basic Authentication has been disabled");
            assert!(desk.still_knows(), "a 403 is no refusal to git");
        }
        let header = format!("http.extraHeader=Authorization: Bearer {}", seeds::HTTP_TOKEN);
        let desk = Desk::of(&sandbox, &git, "nobody", "nothing");
        desk.git(&["-c", &header, "clone", "-q", &desk::at(seeds::DC_APP), "app"]).succeeds();
        assert_eq!(alice_failed(&sandbox), 0);
    }
}

#[test]
fn a_401_says_the_same_and_makes_git_forget() {
    let sandbox = corp(|site| (site.switches.basic, site.switches.basic_off_status) = (false, 401));
    let desk = Desk::of(&sandbox, &desk::git(), seeds::ALICE, seeds::HTTP_TOKEN);
    desk.clones().fails_saying("Basic Authentication has been disabled");
    assert!(!desk.still_knows());
}

#[test]
fn users_and_paths_may_be_let_in_all_the_same() {
    let sandbox = corp(|site| {
        site.switches.basic = false;
        site.switches.basic_allowlist = vec![seeds::BOB.to_owned()];
        site.switches.basic_allowed_paths = vec!["/scm/".to_owned()];
    });
    let rest = |user, secret| Ask::get(&sandbox, PROPERTIES).basic(user, secret).sent().status;
    assert_eq!(rest(seeds::ALICE, seeds::DC_ALICE_PASSWORD), 403);
    assert_eq!(rest(seeds::BOB, seeds::DC_BOB_PASSWORD), 200);
    Desk::of(&sandbox, &desk::git(), seeds::ALICE, seeds::DC_ALICE_PASSWORD).clones().succeeds();
}

#[test]
fn single_sign_on_only_shows_in_the_login_options() {
    let sandbox = corp(|_| {});
    let kinds = || {
        let options = Ask::get(&sandbox, "/rest/authconfig/1.0/login-options").sent().json();
        let all = options["results"].as_array().cloned().unwrap_or_default();
        all.iter().map(|one| one["type"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(), [json!("LOGIN_FORM")]);
    sandbox.data_center(seeds::CORP, |site| site.switches.login_form = false);
    assert_eq!(kinds(), [json!("IDP")]);
}

#[test]
fn a_provider_shows_itself_and_its_links_do_not() {
    let sandbox = corp(|site| site.directory.oauth.clients.clear());
    let authorize = format!(
        "/rest/oauth2/latest/authorize?response_type=code&client_id={}&redirect_uri={}",
        seeds::LINK_ID,
        seeds::LINK_REDIRECT
    );
    let ask = |path| Ask::get(&sandbox, path).sent();
    assert_eq!(ask("/rest/oauth2/1.0/client").status, 401, "there is a provider");
    assert!(ask(&authorize).body.contains("No application is registered"), "without a link");
    sandbox.data_center(seeds::CORP, |site| site.switches.oauth = false);
    assert_eq!([ask("/rest/oauth2/1.0/client").status, ask(&authorize).status], [404, 404]);
}
