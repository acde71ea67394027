//! What stands in front of a server, or signs people in by other things than their secret: gateways, proxies, container
//! authentication, cookies.

use super::people::alice;
use super::{
    Bill, HOST, NOTHING, ONE_FAILURE, by_password, checks, clones, corp, desk, fetches, keeps_to_its_paths, signs_in,
    works,
};
use crate::stage::{Desk, gits};
use bitbucket_sandbox::data_center::plugins::Container;
use bitbucket_sandbox::data_center::{Cookie, DataCenter, Gateway};
use bitbucket_sandbox::{Sandbox, seeds};

const SSO: &str = "https://sso.corp.example/login";

fn gateway(passes_authorization: bool) -> Sandbox {
    corp(|site| site.front_door.gateway = Some(Gateway { to: SSO.into(), passes_authorization }))
}

/// A proxy that signs everybody in as Bob.
fn everybody_is_bob(site: &mut DataCenter) {
    site.front_door.adds = vec![("X-Forwarded-User".into(), seeds::BOB.into())];
    site.chain.add(Box::new(Container { header: "X-Forwarded-User".into() }));
}

#[test]
fn a_gateway_with_a_sign_in_of_its_own_is_named_and_hears_no_secret() {
    for git in gits() {
        let sandbox = gateway(false);
        let desk = desk(&sandbox, &git);
        for (arguments, secret) in
            [(&[][..], seeds::HTTP_TOKEN), (&["--username", seeds::ALICE][..], seeds::DC_ALICE_PASSWORD)]
        {
            let login = signs_in(&desk, arguments, secret).fails();
            assert!(login.err.contains("sends us on to sso.corp.example; no secret is sent there"), "{}", login.err);
        }
        clones(&desk).fails();
        Bill::of(&sandbox).is(NOTHING);
        keeps_to_its_paths(&sandbox);
        // nothing was held against them: the gateway is gone
        sandbox.data_center(seeds::CORP, |site| site.front_door.gateway = None);
        signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
        works(&desk);
    }
}

#[test]
fn a_gateway_that_lets_secrets_pass_lets_tokens_pass() {
    for git in gits() {
        let sandbox = gateway(true);
        let desk = desk(&sandbox, &git);
        signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
        // git asks without a secret first, and is sent away (its own http.proactiveAuth, from 2.46 on, would help)
        let clone = clones(&desk).fails();
        assert!(!clone.err.contains(seeds::HTTP_TOKEN), "{}", clone.err);
        assert_eq!(desk.get(HOST).value("password"), Some(seeds::HTTP_TOKEN));
        if super::can_bearer(&git) {
            desk.configure("[http]\n\tproactiveAuth = basic\n");
            works(&desk);
        }
        Bill::of(&sandbox).is(NOTHING);
        keeps_to_its_paths(&sandbox);
    }
}

#[test]
fn a_proxy_that_keeps_the_secret_proves_nothing_and_deletes_nothing() {
    for git in gits() {
        let sandbox = corp(|_| {});
        let desk = desk(&sandbox, &git);
        signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
        clones(&desk).succeeds();
        sandbox.data_center(seeds::CORP, |site| site.front_door.drops_authorization = true);
        // even git's own door refuses now
        fetches(&desk).fails();
        let fetch = fetches(&desk).fails();
        assert!(fetch.err.contains("answered without saying whom it knows"), "{}", fetch.err);
        let login = by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
        assert!(login.err.contains("not checked"), "{}", login.err);
        signs_in(&desk, &["--username", "alice", "--for", "prj/app"], seeds::HTTP_TOKEN).succeeds();
        sandbox.data_center(seeds::CORP, |site| site.front_door.drops_authorization = false);
        fetches(&desk).succeeds();
        Bill::of(&sandbox).is(NOTHING);
        keeps_to_its_paths(&sandbox);
    }
}

#[test]
fn a_proxy_that_signs_everybody_in_is_found_out_and_its_user_is_named() {
    for git in gits() {
        let sandbox = corp(everybody_is_bob);
        let desk = desk(&sandbox, &git);
        for secret in [seeds::DC_ALICE_PASSWORD, "wrong", seeds::HTTP_TOKEN] {
            let login = by_password(&desk, secret).fails();
            assert!(login.err.contains("signs everybody in as bob, whatever is sent"), "{}", login.err);
        }
        let login = alice(&desk, "wrong").ends().fails();
        assert!(login.err.contains("signs everybody in as bob"), "{}", login.err);
        assert!(!desk.helper(&["accounts"], "").succeeds().out.contains("alice"));
        // whoever says to be Bob is Bob; no helper can know better, and git works
        signs_in(&desk, &["--username", seeds::BOB], "whatever").succeeds();
        clones(&desk).succeeds();
        Bill::of(&sandbox).is(NOTHING);
        keeps_to_its_paths(&sandbox);
    }
}

#[test]
fn a_doubted_token_is_not_taken_for_bobs_behind_such_a_proxy() {
    let sandbox = corp(|_| {});
    let desk = Desk::at(&sandbox);
    signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
    desk.helper(&["erase"], format!("{HOST}username=alice\npassword={}\n", seeds::HTTP_TOKEN)).succeeds();
    sandbox.data_center(seeds::CORP, everybody_is_bob);
    desk.get(HOST).misses_saying("signs everybody in as bob");
    assert!(desk.helper(&["accounts"], "").succeeds().out.contains("alice  HTTP access token"));
    sandbox.data_center(seeds::CORP, |site| site.front_door.adds.clear());
    assert_eq!(desk.get(HOST).value("password"), Some(seeds::HTTP_TOKEN));
}

#[test]
fn somebody_elses_token_is_reported_and_not_kept() {
    let sandbox = corp(|_| {});
    let desk = Desk::at(&sandbox);
    let login = by_password(&desk, seeds::HTTP_TOKEN_CAROL).fails();
    assert!(login.err.contains("knows this as carol@corp.example, not as alice"), "{}", login.err);
    Bill::of(&sandbox).is(NOTHING);
}

#[test]
fn cookies_that_the_server_hands_out_are_neither_kept_nor_sent() {
    for git in gits() {
        for cookie in [Cookie::session(), Cookie::remember_me(), Cookie::remember_me().at(40)] {
            let sandbox = corp(|site| {
                site.chain.add(Box::new(cookie.clone()));
                site.chain.on_success(Box::new(cookie));
            });
            let mut bill = Bill::of(&sandbox);
            let desk = desk(&sandbox, &git);
            by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
            works(&desk);
            bill.is(NOTHING);
            // a cookie would have made this right
            signs_in(&desk, &["--username", seeds::BOB], "wrong").fails();
            bill.is(ONE_FAILURE);
            keeps_to_its_paths(&sandbox);
        }
    }
}

#[test]
fn a_check_is_one_request_and_so_is_the_question_how_git_shall_send_a_token() {
    let sandbox = corp(|_| {});
    let desk = Desk::at(&sandbox);
    by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
    assert_eq!(checks(&sandbox), 1);
    signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
    assert_eq!(checks(&sandbox), 3);
}
