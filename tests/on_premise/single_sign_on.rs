//! Single sign-on only: a token is asked for, or the browser signs in where there is a link for it.

use super::people::Person;
use super::{Bill, NOTHING, corp, desk, fetches, keeps_to_its_paths, works};
use crate::stage::{Browser, Desk, gits};
use bitbucket_sandbox::{Sandbox, seeds};

fn only() -> Sandbox {
    corp(|site| {
        site.switches.login_form = false;
        site.switches.basic = false;
    })
}

#[test]
fn without_a_link_a_token_is_asked_for_and_its_page_is_shown() {
    for git in gits() {
        let sandbox = only();
        let desk = desk(&sandbox, &git);
        let person = Person::signs_in(&desk, &[]).sees("by single sign-on only");
        let person = person.sees("would need an OAuth client").sees("/plugins/servlet/access-tokens/manage");
        let person = person.answers("HTTP access token for https://git.corp.example: ", "typed by mistake");
        let person = person.answers("HTTP access token for https://git.corp.example: ", seeds::HTTP_TOKEN);
        person.answers("Expires", "").ends().succeeds();
        Bill::of(&sandbox).is(NOTHING);
        if super::can_bearer(&git) {
            works(&desk);
            sandbox.revoke(seeds::HTTP_TOKEN);
            fetches(&desk).fails();
            fetches(&desk).fails();
        }
        Bill::of(&sandbox).is(NOTHING);
        keeps_to_its_paths(&sandbox);
    }
}

#[test]
fn whoever_brings_a_token_or_insists_on_a_password_hears_nothing_of_it() {
    let sandbox = only();
    let desk = Desk::at(&sandbox);
    let login = desk.signs_in(seeds::CORP, &[], seeds::HTTP_TOKEN).succeeds();
    assert!(!login.err.contains("single sign-on"), "{}", login.err);
    let desk = Desk::at(&sandbox).person_says(&[("Username", seeds::ALICE), ("Password", seeds::DC_ALICE_PASSWORD)]);
    desk.configure("[bitbucket]\n\tsignIn = password\n");
    let login = desk.helper(&["login", seeds::CORP], "");
    assert!(!login.err.contains("single sign-on"), "{}", login.err);
    assert!(!sandbox.requests().iter().any(|seen| seen.target.starts_with("/login")), "nobody looks for a form");
}

#[test]
fn in_the_middle_of_a_clone_too() {
    for git in gits() {
        let sandbox = corp(|site| site.switches.login_form = false);
        let desk = Desk::at(&sandbox)
            .with_git(&git)
            .person_says(&[("HTTP access token for https://git.corp.example", seeds::HTTP_TOKEN)]);
        desk.configure("[bitbucket \"https://git.corp.example\"]\n\tproduct = datacenter\n");
        works(&desk);
        assert_eq!(desk.asked().len(), 1, "{:?}", desk.asked());
        Bill::of(&sandbox).is(NOTHING);
    }
}

#[test]
fn with_a_link_the_browser_signs_in_and_nothing_is_typed() {
    for git in gits() {
        let sandbox = corp(|site| site.switches.login_form = false);
        let (desk, browser) = Browser::of(Desk::at(&sandbox).with_clients(&sandbox).with_git(&git));
        desk.signs_in_by_browser(&browser, &sandbox, seeds::CORP);
        works(&desk);
        sandbox.revoke_all_access_tokens(seeds::ALICE);
        // before git 2.46 a refusal ends the command; the next one heals
        if !super::can_bearer(&git) {
            fetches(&desk).fails();
        }
        fetches(&desk).succeeds();
        assert!(browser.rests());
        keeps_to_its_paths(&sandbox);
    }
}

#[test]
fn a_server_that_does_not_tell_is_taken_as_one_that_lets_passwords_in() {
    let sandbox = corp(|site| site.age("6.10.17"));
    let desk = Desk::at(&sandbox);
    Person::signs_in(&desk, &[]).answers("HTTP access token or password for", "\x04").ends().fails();
}
