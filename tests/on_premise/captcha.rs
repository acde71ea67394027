//! After five failures even the right password is refused until a CAPTCHA is solved: named in every form, with the page.

use super::people::alice;
use super::{
    Bill, HOST, NOTHING, ONE_FAILURE, by_password, clones, corp, desk, fetches, keeps_to_its_paths, signs_in, works,
};
use crate::stage::{Desk, gits};
use bitbucket_sandbox::data_center::DataCenter;
use bitbucket_sandbox::data_center::plugins::JiraHeaders;
use bitbucket_sandbox::{Sandbox, seeds};

const PAGE: &str = "https://git.corp.example/login";

/// Somebody has mistyped Alice's password once too often.
fn locks(sandbox: &Sandbox) {
    sandbox.data_center(seeds::CORP, |site| {
        for _ in 0..5 {
            site.directory.failures.note(seeds::ALICE, "x");
        }
    });
}

fn named_at_sign_in(set_up: impl FnOnce(&mut DataCenter)) {
    let sandbox = corp(set_up);
    locks(&sandbox);
    let mut bill = Bill::of(&sandbox);
    bill.since();
    let desk = Desk::at(&sandbox);
    let login = by_password(&desk, seeds::DC_ALICE_PASSWORD).fails();
    assert!(login.err.contains("wants a CAPTCHA solved") && login.err.contains(PAGE), "{}", login.err);
    // a person is not asked for another password, since none would do
    let login = alice(&desk, seeds::DC_ALICE_PASSWORD).ends().fails();
    assert!(login.err.contains("wants a CAPTCHA solved"), "{}", login.err);
    sandbox.data_center(seeds::CORP, |site| site.directory.clear_captcha(seeds::ALICE));
    // nothing was held against the password
    by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
}

#[test]
fn every_form_is_named_with_its_page_and_holds_nothing_against_the_password() {
    for status in [401, 403] {
        named_at_sign_in(|site| site.switches.captcha_status = status);
    }
    named_at_sign_in(|site| {
        let base = site.base();
        site.chain.on_failure(Box::new(JiraHeaders { base }));
    });
}

#[test]
fn git_shows_it_and_what_is_kept_stays() {
    for git in gits() {
        let sandbox = corp(|_| {});
        let desk = desk(&sandbox, &git);
        by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
        locks(&sandbox);
        let clone = clones(&desk).fails();
        assert!(clone.err.contains("CAPTCHA required"), "{}", clone.err);
        assert_eq!(desk.get(HOST).value("password"), Some(seeds::DC_ALICE_PASSWORD));
        let status = desk.helper(&["status", seeds::CORP], "").fails();
        assert!(status.err.contains(PAGE), "{}", status.err);
        assert_eq!(desk.get(HOST).value("password"), Some(seeds::DC_ALICE_PASSWORD));
        sandbox.data_center(seeds::CORP, |site| site.directory.clear_captcha(seeds::ALICE));
        works(&desk);
        keeps_to_its_paths(&sandbox);
    }
}

#[test]
fn a_password_that_is_wrong_everywhere_never_leads_to_it() {
    for git in gits() {
        let sandbox = corp(|_| {});
        let mut bill = Bill::of(&sandbox);
        let desk = desk(&sandbox, &git);
        by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
        clones(&desk).succeeds();
        sandbox.data_center(seeds::CORP, |site| site.directory.person_mut(seeds::ALICE).password = "canary-new".into());
        for _ in 0..6 {
            fetches(&desk).fails();
            by_password(&desk, seeds::DC_ALICE_PASSWORD).fails();
        }
        bill.is(ONE_FAILURE);
        by_password(&desk, "canary-new").succeeds();
        fetches(&desk).succeeds();
        bill.is(NOTHING);
    }
}

#[test]
fn a_token_works_while_the_password_does_not() {
    for git in gits() {
        let sandbox = corp(|_| {});
        locks(&sandbox);
        let mut bill = Bill::of(&sandbox);
        bill.since();
        let desk = desk(&sandbox, &git);
        signs_in(&desk, &[], "BBDC-wrong").fails();
        signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
        works(&desk);
        bill.is(NOTHING);
    }
}
