//! Basic authentication switched off: tokens go as Bearer where git can, passwords are of no use, and each is said.

use super::people::alice;
use super::{
    Bill, HOST, NOTHING, ONE_FAILURE, by_password, can_bearer, clones, corp, desk, fetches, keeps_to_its_paths,
    signs_in, works,
};
use crate::stage::{Desk, gits};
use bitbucket_sandbox::Sandbox;
use bitbucket_sandbox::data_center::plugins::{PluginToken, TokenPlugin};
use bitbucket_sandbox::seeds;

const PAGE: &str = "https://git.corp.example/plugins/servlet/access-tokens/manage";
const ONLY_BEARER: &str = "takes tokens as Bearer only, which this git cannot send";

fn off(status: u16) -> Sandbox {
    corp(|site| (site.switches.basic, site.switches.basic_off_status) = (false, status))
}

#[test]
fn a_token_goes_as_bearer_where_git_can_and_else_the_remedy_is_named() {
    for git in gits() {
        for status in [403, 401] {
            let sandbox = off(status);
            let mut bill = Bill::of(&sandbox);
            let desk = desk(&sandbox, &git);
            signs_in(&desk, &[], "BBDC-wrong").fails();
            signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
            if can_bearer(&git) {
                works(&desk);
                sandbox.revoke(seeds::HTTP_TOKEN);
                fetches(&desk).fails();
                fetches(&desk).fails();
            } else {
                let clone = clones(&desk).fails();
                assert!(clone.err.contains(ONLY_BEARER) && clone.err.contains("git 2.46 or later"), "{}", clone.err);
                assert!(
                    sandbox
                        .requests()
                        .iter()
                        .all(|seen| !seen.target.starts_with("/scm/") || seen.authorization.is_none())
                );
            }
            bill.is(NOTHING);
            keeps_to_its_paths(&sandbox);
        }
    }
}

#[test]
fn what_a_sign_in_in_the_middle_of_a_clone_finds_out_holds_for_that_clone() {
    for git in gits() {
        let sandbox = off(403);
        for known in [true, false] {
            let desk = Desk::at(&sandbox).with_git(&git).person_says(&[("oken", seeds::HTTP_TOKEN)]);
            if known {
                desk.configure("[bitbucket \"https://git.corp.example\"]\n\tproduct = datacenter\n");
            }
            if can_bearer(&git) {
                works(&desk);
            } else if known {
                let clone = clones(&desk).fails();
                assert!(clone.err.contains(ONLY_BEARER), "{}", clone.err);
            }
            assert_eq!(desk.asked().len(), usize::from(known || can_bearer(&git)), "{:?}", desk.asked());
        }
        Bill::of(&sandbox).is(NOTHING);
    }
}

#[test]
fn a_password_is_not_kept_and_the_page_for_tokens_is_named() {
    for status in [403, 401] {
        let sandbox = off(status);
        let desk = Desk::at(&sandbox);
        let login = by_password(&desk, seeds::DC_ALICE_PASSWORD).fails();
        assert!(login.err.contains("takes no passwords") && login.err.contains(PAGE), "{}", login.err);
        // a person goes on with a token, of whatever shape
        sandbox.data_center(seeds::CORP, |site| {
            site.chain.add(Box::new(TokenPlugin::default()));
            site.directory.plugin_tokens.push(PluginToken::new("canary-plugin", seeds::ALICE));
        });
        let person = alice(&desk, seeds::DC_ALICE_PASSWORD).answers("HTTP access token of alice at", "canary-plugin");
        person.answers("Expires", "").ends().succeeds();
        assert_eq!(desk.get(format!("{HOST}capability[]=authtype\n")).value("credential"), Some("canary-plugin"));
        Bill::of(&sandbox).is(NOTHING);
    }
}

#[test]
fn where_git_is_let_in_all_the_same_a_person_may_insist_on_a_password() {
    for git in gits() {
        let sandbox = off(403);
        sandbox.data_center(seeds::CORP, |site| site.switches.basic_allowed_paths = vec!["/scm/".into()]);
        let desk = desk(&sandbox, &git);
        let login = signs_in(&desk, &["--password", "--username", seeds::ALICE], seeds::DC_ALICE_PASSWORD).succeeds();
        assert!(login.err.contains("not checked"), "{}", login.err);
        works(&desk);
        signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
        desk.configure("[bitbucket \"https://git.corp.example\"]\n\tauthScheme = basic\n");
        fetches(&desk).succeeds();
        Bill::of(&sandbox).is(NOTHING);
    }
}

#[test]
fn a_user_on_the_list_of_exceptions_notices_nothing() {
    for git in gits() {
        let sandbox = off(403);
        sandbox.data_center(seeds::CORP, |site| site.switches.basic_allowlist = vec![seeds::ALICE.into()]);
        let mut bill = Bill::of(&sandbox);
        let desk = desk(&sandbox, &git);
        by_password(&desk, "wrong").fails();
        bill.is(ONE_FAILURE);
        for secret in [seeds::DC_ALICE_PASSWORD, seeds::HTTP_TOKEN] {
            by_password(&desk, secret).succeeds();
            desk.git(&["ls-remote", &super::app()]).succeeds();
        }
        bill.is(NOTHING);
    }
}

#[test]
fn a_server_that_switches_basic_off_and_on_again_is_found_out_at_the_next_sign_in() {
    let sandbox = corp(|_| {});
    let desk = Desk::at(&sandbox);
    let asks = format!("{HOST}capability[]=authtype\n");
    signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
    assert_eq!(desk.get(&asks).value("authtype"), None);
    sandbox.data_center(seeds::CORP, |site| site.switches.basic = false);
    signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
    assert_eq!(desk.get(&asks).value("authtype"), Some("Bearer"));
    desk.get(HOST).says_and_quits(ONLY_BEARER);
    let token = desk.helper(&["token", seeds::CORP], "").succeeds();
    assert_eq!(token.out.trim_end(), seeds::HTTP_TOKEN, "a script can do with it what it likes");
    sandbox.data_center(seeds::CORP, |site| site.switches.basic = true);
    signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
    assert_eq!(desk.get(&asks).value("authtype"), None);
}
