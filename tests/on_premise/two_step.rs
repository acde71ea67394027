//! Two-step verification: an enrolled person's password opens nothing over Basic, and is said to be no use; tokens work.

use super::people::alice;
use super::{Bill, NOTHING, ONE_FAILURE, by_password, corp, desk, fetches, keeps_to_its_paths, signs_in, works};
use crate::stage::{Desk, gits};
use bitbucket_sandbox::data_center::{Reason, TwoStep};
use bitbucket_sandbox::{Sandbox, seeds};

fn enrolled(two_step: TwoStep) -> Sandbox {
    corp(|site| {
        site.directory.person_mut(seeds::ALICE).two_step = true;
        site.chain.add(Box::new(two_step));
    })
}

#[test]
fn a_password_leads_to_a_token_and_a_token_works() {
    for git in gits() {
        let sandbox = enrolled(TwoStep::default());
        let mut bill = Bill::of(&sandbox);
        let desk = desk(&sandbox, &git);
        let login = by_password(&desk, seeds::DC_ALICE_PASSWORD).fails();
        assert!(login.err.contains("wants a second factor"), "{}", login.err);
        assert!(login.err.contains("/plugins/servlet/access-tokens/manage"), "{}", login.err);
        let person = alice(&desk, seeds::DC_ALICE_PASSWORD);
        let person = person.answers("HTTP access token of alice at https://git.corp.example: ", seeds::HTTP_TOKEN);
        person.answers("Expires", "").ends().succeeds();
        works(&desk);
        bill.is(NOTHING);
        sandbox.revoke(seeds::HTTP_TOKEN);
        fetches(&desk).fails();
        fetches(&desk).fails();
        // two-step verification comes before the password would be looked at, and does not count
        bill.is(NOTHING);
        keeps_to_its_paths(&sandbox);
    }
}

#[test]
fn whoever_answers_in_a_window_is_told_where_a_token_is_made() {
    let sandbox = enrolled(TwoStep::default());
    let page = "/plugins/servlet/access-tokens/manage";
    let answers = [("password for", seeds::DC_ALICE_PASSWORD), ("Username", seeds::ALICE)];
    let desk = Desk::at(&sandbox).person_says(&answers);
    let login = desk.helper(&["login", seeds::CORP], "").fails();
    assert!(login.err.contains("wants a second factor") && login.err.contains(page), "{}", login.err);
}

#[test]
fn where_it_looks_like_a_wrong_password_it_costs_one_failure() {
    let sandbox = enrolled(TwoStep { reason: Reason::Incorrect, counts: true });
    let desk = Desk::at(&sandbox);
    for _ in 0..3 {
        by_password(&desk, seeds::DC_ALICE_PASSWORD).fails();
    }
    Bill::of(&sandbox).is(ONE_FAILURE);
    signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
}

#[test]
fn whoever_is_not_enrolled_notices_nothing() {
    for git in gits() {
        let sandbox = corp(|site| site.chain.add(Box::new(TwoStep::default())));
        let desk = desk(&sandbox, &git);
        by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
        works(&desk);
        Bill::of(&sandbox).is(NOTHING);
    }
}
