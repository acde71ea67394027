//! Approval on a phone (SecSign ID and others of its kind): what is asked for, how often, and that no check of ours rings.

use super::people::alice;
use super::{
    Bill, Cost, HOST, NOTHING, ONE_FAILURE, by_password, clones, corp, desk, fetches, keeps_to_its_paths, pushes,
    signs_in, works,
};
use crate::stage::{Desk, Terminal, gits};
use bitbucket_sandbox::data_center::Refusal;
use bitbucket_sandbox::data_center::plugins::{Asks, Guards, Phone, PhoneSettings, Range};
use bitbucket_sandbox::{Sandbox, seeds};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

fn phone(change: impl FnOnce(&mut PhoneSettings)) -> (Sandbox, Phone) {
    let mut settings = PhoneSettings::of(&[seeds::ALICE]);
    change(&mut settings);
    let phone = Phone::new(settings);
    let sandbox = corp(|site| site.chain.on_success(Box::new(phone.clone())));
    phone.always(seeds::ALICE, true);
    (sandbox, phone)
}

fn guarding_all(change: impl FnOnce(&mut PhoneSettings)) -> (Sandbox, Phone) {
    phone(|settings| {
        settings.guards = Guards::All;
        change(settings);
    })
}

fn rung(pushes: usize) -> Cost {
    Cost { pushes, ..NOTHING }
}

fn changes_password(sandbox: &Sandbox) {
    sandbox.data_center(seeds::CORP, |site| site.directory.person_mut(seeds::ALICE).password = "canary-new".into());
}

#[test]
fn where_pushes_are_guarded_a_push_rings_once_and_nothing_else_does() {
    for git in gits() {
        let (sandbox, phone) = phone(|_| {});
        let mut bill = Bill::of(&sandbox).with(&phone);
        let desk = desk(&sandbox, &git);
        by_password(&desk, "wrong").fails();
        bill.is(ONE_FAILURE);
        by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
        clones(&desk).succeeds();
        fetches(&desk).succeeds();
        desk.helper(&["status", seeds::CORP], "").succeeds();
        bill.is(NOTHING);
        pushes(&desk).succeeds();
        bill.is(rung(1));
        changes_password(&sandbox);
        fetches(&desk).fails();
        bill.is(ONE_FAILURE);
        fetches(&desk).fails();
        bill.is(NOTHING);
        keeps_to_its_paths(&sandbox);
    }
}

#[test]
fn where_reads_are_guarded_too_each_command_rings_as_often_as_the_plug_in_asks() {
    // a fetch with nothing new asks for info/refs and ls-refs; a push for info/refs, and posts once
    for (asks, [clone, fetch, push]) in [(Asks::Operation, [1, 1, 1]), (Asks::Request, [3, 2, 2])] {
        for git in gits() {
            let (sandbox, phone) = guarding_all(|settings| settings.asks = asks);
            let mut bill = Bill::of(&sandbox).with(&phone);
            let desk = desk(&sandbox, &git);
            by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
            bill.is(NOTHING);
            clones(&desk).succeeds();
            bill.is(rung(clone));
            fetches(&desk).succeeds();
            bill.is(rung(fetch));
            pushes(&desk).succeeds();
            bill.is(rung(push));
            changes_password(&sandbox);
            fetches(&desk).fails();
            bill.is(ONE_FAILURE);
        }
    }
}

#[test]
fn an_approval_that_is_remembered_rings_once_for_all_of_it() {
    for git in gits() {
        let (sandbox, phone) = guarding_all(|settings| settings.remember = Duration::from_secs(3600));
        let mut bill = Bill::of(&sandbox).with(&phone);
        let desk = desk(&sandbox, &git);
        by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
        works(&desk);
        bill.is(rung(1));
    }
}

#[test]
fn a_token_made_at_the_sign_in_never_rings_which_is_what_background_fetches_need() {
    for git in gits() {
        let (sandbox, phone) = guarding_all(|settings| settings.asks = Asks::Request);
        let mut bill = Bill::of(&sandbox).with(&phone);
        let desk = desk(&sandbox, &git);
        let person = alice(&desk, seeds::DC_ALICE_PASSWORD).answers("and forget the password?", "");
        person.answers("When shall it end?", "").ends().succeeds();
        works(&desk);
        bill.is(NOTHING);
        keeps_to_its_paths(&sandbox);
    }
}

#[test]
fn where_tokens_are_guarded_like_passwords_bearer_is_not() {
    for git in gits() {
        let (sandbox, phone) = guarding_all(|settings| settings.tokens_too = true);
        let mut bill = Bill::of(&sandbox).with(&phone);
        let desk = desk(&sandbox, &git);
        signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
        bill.is(NOTHING);
        clones(&desk).succeeds();
        bill.is(rung(1));
        desk.configure("[bitbucket \"https://git.corp.example\"]\n\tauthScheme = bearer\n");
        fetches(&desk).succeeds();
        bill.is(rung(usize::from(!super::can_bearer(&git))));
    }
}

#[test]
fn where_rest_is_closed_to_passwords_git_is_the_judge() {
    for git in gits() {
        for status in [403, 401] {
            let refusal = Refusal::new(status, "Basic access to REST is not allowed.");
            let (sandbox, phone) = guarding_all(|settings| settings.rest = Some(refusal.into()));
            let mut bill = Bill::of(&sandbox).with(&phone);
            let desk = desk(&sandbox, &git);
            let login = by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
            let words = "not checked: git.corp.example says: Basic access to REST is not allowed";
            assert!(login.err.contains(words), "{}", login.err);
            bill.is(NOTHING);
            works(&desk);
            bill.is(rung(3));
            // a wrong one is seen through by the server all the same
            by_password(&desk, "wrong").fails();
            bill.is(ONE_FAILURE);
        }
    }
}

#[test]
fn a_no_on_the_phone_ends_the_command_and_only_a_clear_401_takes_the_password_along() {
    let ways = [
        (Refusal::new(401, "Denied on the phone."), false),
        (Refusal::new(403, "Denied on the phone."), true),
        (Refusal::new(401, "Denied on the phone.").as_packet(), true),
    ];
    for git in gits() {
        for (denied, kept) in ways.clone() {
            let (sandbox, phone) = guarding_all(|settings| settings.denied = denied.into());
            let mut bill = Bill::of(&sandbox).with(&phone);
            let desk = desk(&sandbox, &git);
            by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
            phone.always(seeds::ALICE, false);
            clones(&desk).fails();
            bill.is(rung(1));
            assert_eq!(desk.get(HOST).value("password").is_some(), kept);
            phone.always(seeds::ALICE, true);
            if !kept {
                // it was right all the while, and its owner may say so
                let person = alice(&desk, seeds::DC_ALICE_PASSWORD).answers("Send it once more? [y/N]", "y");
                person.answers("and forget the password?", "n").ends().succeeds();
            }
            works(&desk);
            bill.is(rung(3));
        }
    }
}

#[test]
fn nobody_is_asked_at_a_trusted_address() {
    for git in gits() {
        let trusted = vec![Range::parse("10.0.0.0/8").expect("a range")];
        let (sandbox, phone) = guarding_all(|settings| settings.trusted = trusted);
        let mut bill = Bill::of(&sandbox).with(&phone);
        let desk = desk(&sandbox, &git);
        sandbox.come_from([10, 1, 2, 3].into());
        by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
        works(&desk);
        bill.is(NOTHING);
        sandbox.come_from([203, 0, 113, 9].into());
        fetches(&desk).succeeds();
        bill.is(rung(1));
    }
}

#[test]
fn whoever_has_no_phone_gets_in_by_password_or_is_told_why_not() {
    for git in gits() {
        for others_pass in [true, false] {
            let (sandbox, _phone) = guarding_all(|settings| {
                settings.enrolled.clear();
                settings.others_pass = others_pass;
            });
            let desk = desk(&sandbox, &git);
            by_password(&desk, seeds::DC_ALICE_PASSWORD).succeeds();
            let clone = clones(&desk);
            match others_pass {
                true => clone.succeeds(),
                false => clone.fails(),
            };
            // a token is the way in for such a person
            signs_in(&desk, &[], seeds::HTTP_TOKEN).succeeds();
            desk.git(&["ls-remote", &super::app()]).succeeds();
            Bill::of(&sandbox).is(NOTHING);
        }
    }
}

#[test]
fn while_a_sign_in_is_held_the_terminal_says_to_look_at_the_phone() {
    let (sandbox, phone) = {
        let mut settings = PhoneSettings::of(&[seeds::ALICE]);
        settings.holds_rest = true;
        settings.remember = Duration::from_secs(900);
        let phone = Phone::new(settings);
        (corp(|site| site.chain.on_success(Box::new(phone.clone()))), phone)
    };
    let desk = Desk::at(&sandbox).with("TERM", "xterm");
    let mut terminal = Terminal::new();
    let login = terminal.watches(&desk, &["login", seeds::CORP, "--username", seeds::ALICE]);
    terminal.shows("of alice at https://git.corp.example: ");
    terminal.types(&format!("{}\n", seeds::DC_ALICE_PASSWORD));
    assert!(phone.rings(seeds::ALICE, 1, SOON));
    terminal.shows("approve the sign-in on your phone");
    assert_eq!(phone.approve(seeds::ALICE), 1);
    terminal.shows("and forget the password?");
    terminal.types("\n");
    terminal.shows("When shall it end?");
    terminal.types("\n");
    terminal.shows("as alice; kept");
    assert!(login.wait_with_output().expect("it ends").status.success());
    assert_eq!(phone.push_count(seeds::ALICE), 1, "the check rang, and making the token did not");
}
