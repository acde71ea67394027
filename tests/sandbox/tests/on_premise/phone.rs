//! Approval on a phone: what is held, for whom, for how long, and how many pushes it costs.

use super::client::Ask;
use super::desk::{self, Desk};
use super::{PROPERTIES, alice_failed, corp};
use bitbucket_sandbox::data_center::Refusal;
use bitbucket_sandbox::data_center::plugins::{Asks, Guards, Phone, PhoneSettings, Range};
use bitbucket_sandbox::{Sandbox, seeds};
use std::path::Path;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);
const REFS: &str = "/scm/prj/app.git/info/refs?service=git-upload-pack";

fn set_up(change: impl FnOnce(&mut PhoneSettings)) -> (Sandbox, Phone) {
    let mut settings = PhoneSettings::of(&[seeds::ALICE]);
    change(&mut settings);
    let phone = Phone::new(settings);
    let sandbox = corp(|site| site.chain.on_success(Box::new(phone.clone())));
    (sandbox, phone)
}

fn guarding_all(change: impl FnOnce(&mut PhoneSettings)) -> (Sandbox, Phone) {
    set_up(|settings| {
        settings.guards = Guards::All;
        change(settings);
    })
}

fn alice(sandbox: &Sandbox, git: &Path) -> Desk {
    Desk::of(sandbox, git, seeds::ALICE, seeds::DC_ALICE_PASSWORD)
}

fn refs(sandbox: &Sandbox) -> Ask {
    Ask::get(sandbox, REFS).basic(seeds::ALICE, seeds::DC_ALICE_PASSWORD)
}

#[test]
fn a_push_is_held_until_it_is_approved_and_nothing_else_waits_for_it() {
    for git in desk::gits() {
        let (sandbox, phone) = set_up(|_| {});
        let desk = alice(&sandbox, &git);
        desk.clones().succeeds();
        assert_eq!(phone.push_count(seeds::ALICE), 0, "reads are not guarded");
        desk.commits();
        let push = desk.begins(&["-C", "app", "push", "-q"]);
        assert!(phone.rings(seeds::ALICE, 1, SOON));
        let waiting = phone.waiting(seeds::ALICE);
        assert!(waiting.len() == 1 && waiting[0].contains("service=git-receive-pack"), "{waiting:?}");
        assert_eq!(Ask::get(&sandbox, PROPERTIES).sent().status, 200, "the server answers others meanwhile");
        assert!(!push.is_finished());
        assert_eq!(phone.approve(seeds::ALICE), 1);
        push.join().expect("git ends").succeeds();
        assert_eq!((phone.push_count(seeds::ALICE), phone.waiting(seeds::ALICE).len()), (1, 0));
    }
}

#[test]
fn what_git_does_after_a_no_depends_on_how_it_is_said() {
    let ways = [
        (Refusal::new(401, "Denied on the phone."), false),
        (Refusal::new(403, "Denied on the phone."), true),
        (Refusal::new(401, "Denied on the phone.").as_packet(), true),
    ];
    for (denied, still_knows) in ways {
        let (sandbox, phone) = guarding_all(|settings| settings.denied = denied.into());
        phone.always(seeds::ALICE, false);
        let desk = alice(&sandbox, &desk::git());
        desk.clones().fails_saying("Denied on the phone");
        assert_eq!((desk.still_knows(), phone.push_count(seeds::ALICE)), (still_knows, 1));
        assert_eq!(alice_failed(&sandbox), 0, "the password was right");
    }
}

#[test]
fn a_no_by_hand_answers_the_request_that_waits() {
    let (sandbox, phone) = guarding_all(|_| {});
    let ask = refs(&sandbox);
    let asking = std::thread::spawn(move || ask.sent());
    assert!(phone.rings(seeds::ALICE, 1, SOON));
    assert_eq!((phone.deny(seeds::ALICE), asking.join().expect("an answer").status), (1, 401));
}

#[test]
fn when_nobody_answers_the_request_ends_at_its_limit() {
    let (sandbox, phone) = guarding_all(|settings| settings.limit = Duration::from_millis(200));
    let answer = refs(&sandbox).sent();
    assert_eq!(answer.status, 401);
    assert!(answer.body.contains("not approved in time"));
    assert_eq!((phone.push_count(seeds::ALICE), phone.waiting(seeds::ALICE).len()), (1, 0));
    assert_eq!(phone.approve(seeds::ALICE), 0, "too late");
}

#[test]
fn a_client_that_gives_up_leaves_nothing_waiting() {
    let (sandbox, phone) = guarding_all(|settings| settings.limit = Duration::from_secs(600));
    let connection = refs(&sandbox).begun().expect("a request on its way");
    assert!(phone.rings(seeds::ALICE, 1, SOON));
    assert_eq!(phone.waiting(seeds::ALICE).len(), 1);
    drop(connection);
    let gone = (0..1000).any(|_| {
        Ask::get(&sandbox, PROPERTIES).sent();
        phone.waiting(seeds::ALICE).is_empty()
    });
    assert!(gone, "{:?}", phone.waiting(seeds::ALICE));
}

#[test]
fn a_clone_costs_one_push_or_one_for_each_request() {
    // with a secret git asks for info/refs, then twice by POST: ls-refs and fetch (gitprotocol-v2)
    for (asks, count) in [(Asks::Operation, 1), (Asks::Request, 3)] {
        for git in desk::gits() {
            let (sandbox, phone) = guarding_all(|settings| settings.asks = asks);
            phone.always(seeds::ALICE, true);
            alice(&sandbox, &git).clones().succeeds();
            assert_eq!(phone.push_count(seeds::ALICE), count, "{asks:?} with {}", git.display());
        }
    }
}

#[test]
fn a_no_in_the_middle_of_a_clone_reaches_git_as_well() {
    for git in desk::gits() {
        let (sandbox, phone) = guarding_all(|settings| {
            settings.asks = Asks::Request;
            settings.denied = Refusal::new(401, "Denied on the phone.").as_packet().into();
        });
        let desk = alice(&sandbox, &git);
        let clone = desk.begins(&["clone", "-q", &desk::at(seeds::DC_APP), "app"]);
        assert!(phone.rings(seeds::ALICE, 1, SOON));
        phone.approve(seeds::ALICE);
        assert!(phone.rings(seeds::ALICE, 2, SOON));
        phone.deny(seeds::ALICE);
        clone.join().expect("git ends").fails_saying("Denied on the phone");
    }
}

#[test]
fn an_approval_is_remembered_for_its_time() {
    let (sandbox, phone) = guarding_all(|settings| settings.remember = Duration::from_secs(900));
    phone.always(seeds::ALICE, true);
    let ask = || refs(&sandbox).sent().status;
    assert_eq!((ask(), ask(), phone.push_count(seeds::ALICE)), (200, 200, 1));
    sandbox.advance(Duration::from_secs(600));
    assert_eq!((ask(), phone.push_count(seeds::ALICE)), (200, 1));
    sandbox.advance(Duration::from_secs(301));
    assert_eq!((ask(), phone.push_count(seeds::ALICE)), (200, 2));
}

#[test]
fn without_a_time_each_access_is_asked_for() {
    let (sandbox, phone) = guarding_all(|_| {});
    phone.always(seeds::ALICE, true);
    for count in 1..=3 {
        assert_eq!((refs(&sandbox).sent().status, phone.push_count(seeds::ALICE)), (200, count));
    }
}

#[test]
fn a_wrong_password_rings_no_phone() {
    let (sandbox, phone) = guarding_all(|_| {});
    assert_eq!(Ask::get(&sandbox, REFS).basic(seeds::ALICE, "wrong").sent().status, 401);
    assert_eq!((phone.push_count(seeds::ALICE), alice_failed(&sandbox)), (0, 1));
}

#[test]
fn tokens_pass_unless_they_are_guarded_too_and_bearer_always_passes() {
    for (tokens_too, pushes) in [(false, 0), (true, 1)] {
        let (sandbox, phone) = guarding_all(|settings| settings.tokens_too = tokens_too);
        phone.always(seeds::ALICE, true);
        assert_eq!(Ask::get(&sandbox, REFS).basic(seeds::ALICE, seeds::HTTP_TOKEN).sent().status, 200);
        assert_eq!(Ask::get(&sandbox, REFS).bearer(seeds::HTTP_TOKEN).sent().status, 200);
        assert_eq!(phone.push_count(seeds::ALICE), pushes);
    }
}

#[test]
fn only_members_of_a_group_are_asked() {
    let (sandbox, phone) = guarding_all(|settings| settings.groups = vec!["developers".to_owned()]);
    phone.always(seeds::ALICE, true);
    assert_eq!((refs(&sandbox).sent().status, phone.push_count(seeds::ALICE)), (200, 0));
    let join = |groups: &mut Vec<String>| groups.push("developers".to_owned());
    sandbox.data_center(seeds::CORP, |site| join(&mut site.directory.person_mut(seeds::ALICE).groups));
    assert_eq!((refs(&sandbox).sent().status, phone.push_count(seeds::ALICE)), (200, 1));
}

#[test]
fn users_without_an_id_get_in_by_password_or_not_at_all() {
    for (others_pass, status) in [(true, 200), (false, 401)] {
        let (sandbox, phone) = guarding_all(|settings| settings.others_pass = others_pass);
        let answer = Ask::get(&sandbox, REFS).basic(seeds::BOB, seeds::DC_BOB_PASSWORD).sent();
        assert_eq!((answer.status, phone.push_count(seeds::BOB)), (status, 0));
    }
}

#[test]
fn nobody_is_asked_at_a_trusted_address() {
    let trusted = vec![Range::parse("10.0.0.0/8").expect("a range")];
    let (sandbox, phone) = guarding_all(|settings| settings.trusted = trusted);
    phone.always(seeds::ALICE, true);
    sandbox.come_from([10, 1, 2, 3].into());
    assert_eq!((refs(&sandbox).sent().status, phone.push_count(seeds::ALICE)), (200, 0));
    sandbox.come_from([203, 0, 113, 9].into());
    assert_eq!((refs(&sandbox).sent().status, phone.push_count(seeds::ALICE)), (200, 1));
}

#[test]
fn rest_over_basic_may_be_refused_while_git_works() {
    let refusal = Refusal::new(403, "Basic access to REST is not allowed.");
    let (sandbox, phone) = guarding_all(|settings| settings.rest = Some(refusal.into()));
    phone.always(seeds::ALICE, true);
    let ask = |user, secret| Ask::get(&sandbox, PROPERTIES).basic(user, secret).sent();
    assert_eq!(ask(seeds::ALICE, seeds::DC_ALICE_PASSWORD).status, 403);
    assert_eq!(Ask::get(&sandbox, PROPERTIES).bearer(seeds::HTTP_TOKEN).sent().status, 200);
    alice(&sandbox, &desk::git()).clones().succeeds();
    let (sandbox, phone) = guarding_all(|_| {});
    assert_eq!(Ask::get(&sandbox, PROPERTIES).basic(seeds::ALICE, seeds::DC_ALICE_PASSWORD).sent().status, 200);
    assert_eq!(phone.push_count(seeds::ALICE), 0, "REST is not guarded otherwise");
}

#[test]
fn two_that_wait_are_two_pushes_and_one_yes_frees_both() {
    let (sandbox, phone) = guarding_all(|_| {});
    let asking: Vec<_> =
        (0..2).map(|_| refs(&sandbox)).map(|ask| std::thread::spawn(move || ask.sent().status)).collect();
    assert!(phone.rings(seeds::ALICE, 2, SOON));
    assert_eq!(phone.approve(seeds::ALICE), 2);
    let statuses: Vec<u16> = asking.into_iter().map(|one| one.join().expect("an answer")).collect();
    assert_eq!(statuses, [200, 200]);
}

#[test]
fn rest_over_basic_may_be_held_as_git_is() {
    let (sandbox, phone) = set_up(|settings| settings.holds_rest = true);
    let ask = Ask::get(&sandbox, PROPERTIES).basic(seeds::ALICE, seeds::DC_ALICE_PASSWORD);
    let asking = std::thread::spawn(move || ask.sent().status);
    assert!(phone.rings(seeds::ALICE, 1, SOON));
    assert_eq!((phone.approve(seeds::ALICE), asking.join().expect("an answer")), (1, 200));
    assert_eq!(Ask::get(&sandbox, PROPERTIES).bearer(seeds::HTTP_TOKEN).sent().status, 200);
    assert_eq!(phone.push_count(seeds::ALICE), 1);
}
