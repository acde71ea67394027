//! A private repository clones, and nobody is asked twice.

use crate::stage::{Desk, gits, gits_since};
use bitbucket_sandbox::{Sandbox, seeds};

const APP: &str = "https://bitbucket.org/acme/app.git";

fn alice(desk: Desk) -> Desk {
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    desk
}

#[test]
fn a_clone_a_push_and_a_second_clone_need_one_sign_in_with_every_git() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = alice(Desk::at(&sandbox).with_git(&git));
        assert_eq!(sandbox.api_requests().len(), 1, "checked once");
        sandbox.clear_log();
        desk.git(&["clone", APP, "one"]).succeeds();
        desk.git(&["-C", "one", "commit", "--allow-empty", "-m", "more"]).succeeds();
        desk.git(&["-C", "one", "push"]).succeeds();
        desk.git(&["-C", "one", "fetch"]).succeeds();
        desk.git(&["clone", APP, "two"]).succeeds();
        desk.git(&["ls-remote", APP]).succeeds();
        assert!(sandbox.api_requests().is_empty(), "no request to the API with {}", git.display());
    }
}

#[test]
fn the_other_name_of_the_cloud_needs_no_second_sign_in() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = alice(Desk::at(&sandbox).with_git(&git));
        desk.git(&["clone", "https://www.bitbucket.org/acme/app.git", "one"]).succeeds();
    }
}

#[test]
fn submodules_of_two_workspaces_come_along() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = alice(Desk::at(&sandbox).with_git(&git));
        desk.git(&["clone", "--recurse-submodules", "https://bitbucket.org/acme/with-submodules.git", "all"])
            .succeeds();
    }
}

#[test]
fn the_first_clone_leads_to_a_sign_in_and_the_second_does_not() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = Desk::at(&sandbox)
            .with_git(&git)
            .person_says(&[("Token for", seeds::API_TOKEN), ("E-mail", seeds::ALICE_EMAIL)]);
        desk.git(&["clone", APP, "one"]).succeeds();
        desk.git(&["clone", APP, "two"]).succeeds();
        assert_eq!(desk.asked().len(), 2, "{:?}", desk.asked());
        assert!(desk.asked()[0].contains("https://bitbucket.org"), "{:?}", desk.asked());
    }
}

#[test]
fn a_data_center_under_a_context_path_clones_with_its_http_token() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = Desk::at(&sandbox).with_git(&git);
        desk.signs_in(seeds::CODE, &[], seeds::HTTP_TOKEN).succeeds();
        sandbox.clear_log();
        let address = format!("{}/scm/{}.git", seeds::CODE, seeds::DC_APP);
        desk.git(&["clone", &address, "one"]).succeeds();
        desk.git(&["-C", "one", "commit", "--allow-empty", "-m", "more"]).succeeds();
        desk.git(&["-C", "one", "push"]).succeeds();
        assert!(sandbox.api_requests().is_empty());
    }
}

#[test]
fn an_unknown_data_center_is_named_in_full_when_a_person_is_there() {
    // 2.41 tells what the server said of itself
    for git in gits_since(41) {
        let sandbox = Sandbox::start();
        let desk = Desk::at(&sandbox).with_git(&git).person_says(&[("password", seeds::HTTP_TOKEN)]);
        let address = format!("{}/scm/{}.git", seeds::CORP, seeds::DC_APP);
        desk.git(&["clone", &address, "one"]).succeeds();
        desk.git(&["clone", &address, "two"]).succeeds();
        assert_eq!(desk.asked().len(), 1, "{:?}", desk.asked());
        assert!(desk.asked()[0].contains("https://git.corp.example"), "{:?}", desk.asked());
    }
}

#[test]
fn a_typing_error_in_the_address_does_not_cost_the_token() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = alice(Desk::at(&sandbox).with_git(&git));
        let clone = desk.git(&["clone", "https://bitbucket.org/acme/typo.git", "x"]).fails();
        assert!(!clone.err.contains(seeds::API_TOKEN));
        desk.git(&["clone", APP, "one"]).succeeds();
    }
}

#[test]
fn a_revoked_token_leads_to_one_new_sign_in() {
    // 2.46 comes back to ask within the same command
    for git in gits_since(46) {
        let sandbox = Sandbox::start();
        let desk = alice(Desk::at(&sandbox).with_git(&git))
            .person_says(&[("oken", seeds::API_TOKEN_GIT_ONLY), ("E-mail", seeds::ALICE_EMAIL)]);
        assert!(sandbox.revoke(seeds::API_TOKEN));
        desk.git(&["clone", APP, "one"]).succeeds();
        desk.git(&["clone", APP, "two"]).succeeds();
    }
}

#[test]
fn a_push_that_the_token_may_not_make_does_not_cost_the_token() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = Desk::at(&sandbox).with_git(&git);
        desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN_READ_ONLY).succeeds();
        desk.git(&["clone", APP, "one"]).succeeds();
        desk.git(&["-C", "one", "commit", "--allow-empty", "-m", "more"]).succeeds();
        let push = desk.git(&["-C", "one", "push"]).fails();
        assert!(push.err.contains("403"), "{}", push.err);
        desk.git(&["-C", "one", "fetch"]).succeeds();
    }
}

#[test]
fn a_username_in_the_address_is_served_with_its_own_token() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = alice(Desk::at(&sandbox).with_git(&git));
        desk.git(&["clone", "https://alice@bitbucket.org/acme/app.git", "one"]).succeeds();
        desk.git(&["clone", "https://alice%40acme.example@bitbucket.org/acme/app.git", "two"]).succeeds();
        let other = desk.git(&["clone", "https://bob@bitbucket.org/acme/app.git", "three"]).fails();
        assert!(other.err.contains("no account bob at bitbucket.org"), "{}", other.err);
        assert!(sandbox.requests().iter().all(|seen| !seen.carries(seeds::API_TOKEN) || seen.status == 200));
    }
}

#[test]
fn a_public_repository_that_is_asked_about_in_advance_leads_to_no_question() {
    // `http.proactiveAuth`, 2.46
    for git in gits_since(46) {
        let sandbox = Sandbox::start();
        let desk = Desk::at(&sandbox).with_git(&git).with("GIT_TERMINAL_PROMPT", "0");
        let public = format!("https://bitbucket.org/{}.git", seeds::PUBLIC);
        let clone = desk.git(&["-c", "http.proactiveAuth=basic", "clone", &public, "one"]).fails();
        assert!(clone.err.contains("nobody is signed in to bitbucket.org"), "{}", clone.err);
        assert!(sandbox.requests().is_empty());
        desk.git(&["clone", &public, "two"]).succeeds();
    }
}
