//! Signing in: what is recognised, what is checked, what is kept, and what is said.

use crate::stage::Desk;
use bitbucket_sandbox::{Fault, Sandbox, seeds};

#[test]
fn an_api_token_is_kept_under_the_servers_spelling_of_the_name() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    let login = desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    assert!(login.err.contains("as alice"), "{}", login.err);
    let answer = desk.get("protocol=https\nhost=bitbucket.org\n");
    assert_eq!((answer.value("username"), answer.value("password")), (Some("alice"), Some(seeds::API_TOKEN)));
}

#[test]
fn a_token_that_may_not_see_the_profile_is_good_all_the_same() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN_GIT_ONLY).succeeds();
    desk.git(&["clone", "https://bitbucket.org/acme/app.git", "one"]).succeeds();
}

#[test]
fn a_token_without_scopes_and_an_expired_one_are_refused_with_the_reasons() {
    let sandbox = Sandbox::start();
    for token in [seeds::API_TOKEN_UNSCOPED, seeds::API_TOKEN_EXPIRED] {
        let desk = Desk::at(&sandbox);
        let login = desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], token).fails();
        assert!(login.err.contains("without scopes"), "{}", login.err);
        desk.get("protocol=https\nhost=bitbucket.org\n").misses_saying("login");
    }
}

#[test]
fn an_app_password_is_refused_with_the_way_to_an_api_token_and_never_sent() {
    let sandbox = Sandbox::start();
    let login = Desk::at(&sandbox).signs_in("bitbucket.org", &["--username", "alice"], seeds::APP_PASSWORD).fails();
    assert!(login.err.contains("id.atlassian.com"), "{}", login.err);
    assert!(sandbox.requests().is_empty());
}

#[test]
fn an_outage_refuses_nobody() {
    let sandbox = Sandbox::start();
    for status in [429, 500, 503] {
        sandbox.clear_faults();
        sandbox.fault(Fault::at("api.bitbucket.org", "/").status(status));
        let desk = Desk::at(&sandbox);
        let login = desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
        assert!(login.err.contains("not checked"), "{}", login.err);
        assert!(desk.get("protocol=https\nhost=bitbucket.org\n").value("password").is_some());
    }
}

#[test]
fn an_access_token_needs_no_name() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.signs_in("bitbucket.org", &["--for", "acme/app"], seeds::REPO_TOKEN).succeeds();
    desk.configure("[credential \"https://bitbucket.org\"]\n\tuseHttpPath = true\n");
    desk.git(&["clone", "https://bitbucket.org/acme/app.git", "one"]).succeeds();
}

#[test]
fn a_password_of_a_data_center_is_checked_with_its_username() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.signs_in(seeds::CORP, &["--username", "ALICE"], seeds::DC_ALICE_PASSWORD).succeeds();
    let answer = desk.get("protocol=https\nhost=git.corp.example\n");
    assert_eq!(answer.value("username"), Some("alice"), "{answer:?}");
    let wrong = desk.signs_in(seeds::CORP, &["--username", "bob"], "wrong").fails();
    assert!(wrong.err.contains("username and password"), "{}", wrong.err);
}

#[test]
fn the_account_of_somebody_else_is_named_and_nothing_is_overwritten() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.signs_in(seeds::CORP, &[], seeds::HTTP_TOKEN).succeeds();
    let login = desk.signs_in(seeds::CORP, &["--username", "alice"], seeds::HTTP_TOKEN_CAROL).fails();
    assert!(login.err.contains("carol@corp.example"), "{}", login.err);
    let answer = desk.get("protocol=https\nhost=git.corp.example\n");
    assert_eq!(answer.value("password"), Some(seeds::HTTP_TOKEN));
}

#[test]
fn plain_http_on_loopback_needs_no_permission() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.signs_in(&sandbox.loopback_site(), &[], seeds::HTTP_TOKEN).succeeds();
    desk.git(&["clone", &format!("{}/scm/{}.git", sandbox.loopback_site(), seeds::DC_APP), "one"]).succeeds();
}

#[test]
fn the_desktops_window_is_asked_by_whatever_name_git_knows_it() {
    let sandbox = Sandbox::start();
    let person = |desk: Desk| desk.person_says(&[("Token for", seeds::API_TOKEN), ("E-mail", seeds::ALICE_EMAIL)]);
    let answer = |desk: &Desk| desk.get("protocol=https\nhost=bitbucket.org\n");
    let program = |desk: &Desk| desk.home().join("askpass").display().to_string();
    // each alone; the first that is set counts
    let desk = person(Desk::at(&sandbox));
    let path = program(&desk);
    for (name, configured) in [("GIT_ASKPASS", false), ("", true), ("SSH_ASKPASS", false)] {
        let desk = Desk::at(&sandbox);
        if configured {
            desk.configure(&format!("[core]\n\taskPass = {path}\n"));
        }
        let desk = if name.is_empty() { desk } else { desk.with(name, &path) };
        assert_eq!(answer(&desk).value("password"), Some(seeds::API_TOKEN), "{name}");
    }
    // a repository names no program
    let desk = Desk::at(&sandbox);
    desk.git(&["init", "here"]).succeeds();
    desk.git(&["-C", "here", "config", "core.askPass", &path]).succeeds();
    answer(&desk.with("GIT_DIR", "here/.git")).misses_saying("nobody is signed in");
}

#[test]
fn what_is_kept_is_listed_and_forgotten() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    let accounts = desk.helper(&["accounts"], "").succeeds();
    assert!(accounts.out.contains("alice  API token, in a file"), "{}", accounts.out);
    let status = desk.helper(&["status"], "").succeeds();
    assert!(status.out.contains("accepted as alice"), "{}", status.out);
    let json = desk.helper(&["accounts", "--json"], "").succeeds();
    assert!(json.out.contains("\"kind\": \"api-token\""), "{}", json.out);
    desk.helper(&["logout"], "").succeeds();
    let status = desk.helper(&["status", "--offline"], "").fails();
    assert_eq!(status.code, 4, "{status:?}");
}
