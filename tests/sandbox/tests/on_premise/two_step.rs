//! Two-step verification: an enrolled user's password opens nothing over Basic; tokens do.

use super::client::Ask;
use super::desk::{self, Desk};
use super::{PROPERTIES, alice_failed, corp};
use bitbucket_sandbox::data_center::{DataCenter, Reason, TwoStep};
use bitbucket_sandbox::seeds;

fn enrol(site: &mut DataCenter, two_step: TwoStep) {
    site.directory.person_mut(seeds::ALICE).two_step = true;
    site.chain.add(Box::new(two_step));
}

#[test]
fn an_enrolled_users_password_is_refused_and_tokens_are_not() {
    for git in desk::gits() {
        let sandbox = corp(|site| enrol(site, TwoStep::default()));
        let ask = |secret| Ask::get(&sandbox, PROPERTIES).basic(seeds::ALICE, secret).sent();
        assert_eq!(ask(seeds::DC_ALICE_PASSWORD).status, 401);
        assert!(ask(seeds::DC_ALICE_PASSWORD).body.contains("Two-step verification"));
        assert_eq!(ask(seeds::HTTP_TOKEN).user(), Some(seeds::ALICE));
        let desk = Desk::of(&sandbox, &git, seeds::ALICE, seeds::DC_ALICE_PASSWORD);
        desk.clones().fails_saying("Two-step verification");
        assert!(!desk.still_knows());
        Desk::of(&sandbox, &git, seeds::ALICE, seeds::HTTP_TOKEN).clones().succeeds();
        assert_eq!(alice_failed(&sandbox), 0);
    }
}

#[test]
fn whoever_is_not_enrolled_notices_nothing() {
    let sandbox = corp(|site| enrol(site, TwoStep::default()));
    let answer = Ask::get(&sandbox, PROPERTIES).basic(seeds::BOB, seeds::DC_BOB_PASSWORD).sent();
    assert_eq!(answer.user(), Some(seeds::BOB));
}

#[test]
fn it_may_look_like_a_wrong_password_and_count_like_one() {
    let sandbox = corp(|site| enrol(site, TwoStep { reason: Reason::Incorrect, counts: true }));
    let ask = || Ask::get(&sandbox, PROPERTIES).basic(seeds::ALICE, seeds::DC_ALICE_PASSWORD).sent();
    assert_eq!(ask().exception(), "IncorrectPasswordAuthenticationException");
    assert_eq!(alice_failed(&sandbox), 1);
}
