//! Tokens that heal themselves: refreshed before they end, and within the very command that they fail in. Nobody is asked.

mod between_helpers;

use crate::stage::{Browser, Desk, git_before, gits};
use bitbucket_sandbox::cloud::Cloud;
use bitbucket_sandbox::oauth::{Counts, DeadRefresh, ScopeKey};
use bitbucket_sandbox::{Fault, Sandbox, seeds};
use std::path::PathBuf;
use std::time::{Duration, Instant};

const APP: &str = "https://bitbucket.org/acme/app.git";
const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";
const TOKENS: &str = "/site/oauth2/access_token";

/// Alice, signed in with the browser; her first access token is good for this many seconds.
fn alice(sandbox: &Sandbox, seconds: u64) -> (Desk, Browser) {
    let (desk, browser) = Browser::of(Desk::at(sandbox).with_clients(sandbox));
    sandbox.set_expires_in(seconds);
    desk.signs_in_by_browser(&browser, sandbox, "bitbucket.org");
    sandbox.set_expires_in(7200);
    (desk, browser)
}

/// Alice, whose access token the server has refused: an answer for her needs a refresh.
fn refused_alice(sandbox: &Sandbox) -> (Desk, Browser) {
    let (desk, browser) = alice(sandbox, 7200);
    let token = desk.get(CLOUD).value("password").expect("a token").to_owned();
    sandbox.revoke_all_access_tokens(seeds::ALICE);
    desk.helper(&["erase"], format!("{CLOUD}username=alice\npassword={token}\n")).succeeds();
    (desk, browser)
}

/// A refresh token of alice's that a helper in front keeps.
fn granted(sandbox: &Sandbox) -> String {
    let now = sandbox.now();
    sandbox.cloud(|cloud| cloud.oauth.grant("storyClient", seeds::ALICE, &["repository:write"], now)).1
}

fn counts(sandbox: &Sandbox) -> Counts {
    sandbox.cloud(|cloud| cloud.oauth.counts(seeds::ALICE))
}

/// The git that comes back in the same command when a credential is refused (2.46 and later).
fn newest_git() -> PathBuf {
    gits().pop().expect("a git")
}

#[test]
fn a_token_near_its_end_is_refreshed_and_nobody_notices() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let (desk, browser) = alice(&sandbox, 200);
        let desk = desk.with_git(&git);
        desk.git(&["clone", APP, "one"]).succeeds();
        desk.git(&["clone", APP, "two"]).succeeds();
        assert_eq!((counts(&sandbox).refreshes, browser.rests()), (1, true));
    }
}

#[test]
fn a_revoked_token_heals_within_the_same_fetch_and_the_same_push() {
    let sandbox = Sandbox::start();
    let (desk, browser) = alice(&sandbox, 7200);
    let desk = desk.with_git(&newest_git());
    desk.git(&["clone", APP, "one"]).succeeds();
    sandbox.revoke_all_access_tokens(seeds::ALICE);
    desk.git(&["-C", "one", "fetch"]).succeeds();
    desk.git(&["-C", "one", "commit", "--allow-empty", "-m", "more"]).succeeds();
    sandbox.revoke_all_access_tokens(seeds::ALICE);
    desk.git(&["-C", "one", "push"]).succeeds();
    assert_eq!((counts(&sandbox).refreshes, browser.rests()), (2, true));
}

#[test]
fn after_two_hours_a_fetch_asks_nobody() {
    let sandbox = Sandbox::start();
    let (desk, browser) = alice(&sandbox, 7200);
    let desk = desk.with_git(&newest_git());
    desk.git(&["clone", APP, "one"]).succeeds();
    sandbox.advance(Duration::from_secs(2 * 3600 + 60));
    desk.git(&["-C", "one", "fetch"]).succeeds();
    assert_eq!((counts(&sandbox).refreshes, browser.rests()), (1, true));
}

#[test]
fn an_older_git_fails_once_and_its_next_command_works() {
    let Some(old) = git_before(46) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = alice(&sandbox, 7200);
    let desk = desk.with_git(&old);
    desk.git(&["clone", APP, "one"]).succeeds();
    sandbox.revoke_all_access_tokens(seeds::ALICE);
    desk.git(&["-C", "one", "fetch"]).fails();
    desk.git(&["-C", "one", "fetch"]).succeeds();
    assert_eq!((counts(&sandbox).refreshes, browser.rests()), (1, true));
}

#[test]
fn a_repository_that_is_closed_to_the_account_costs_no_token() {
    let sandbox = Sandbox::start();
    let (desk, browser) = alice(&sandbox, 7200);
    let desk = desk.with_git(&newest_git());
    let clone = desk.git(&["clone", "https://bitbucket.org/acme-evil/app.git", "x"]).fails();
    assert!(clone.err.contains("accepts the sign-in of alice, but not for this repository"), "{}", clone.err);
    desk.git(&["clone", APP, "one"]).succeeds();
    assert_eq!((counts(&sandbox).refreshes, browser.rests()), (0, true));
}

#[test]
fn nor_does_it_where_the_client_may_not_read_whose_the_token_is() {
    let sandbox = Sandbox::start();
    let (desk, browser) = Browser::of(Desk::at(&sandbox).with_clients(&sandbox).with_git(&newest_git()));
    sandbox.cloud(|cloud| cloud.oauth.clients.iter_mut().for_each(|client| client.scopes = vec!["repository".into()]));
    desk.configure("[bitbucket \"https://bitbucket.org\"]\n\toauthScope = repository\n");
    desk.signs_in_by_browser(&browser, &sandbox, "bitbucket.org");
    let clone = desk.git(&["clone", "https://bitbucket.org/acme-evil/app.git", "x"]).fails();
    assert!(clone.err.contains("but not for this repository"), "{}", clone.err);
    assert_eq!((counts(&sandbox).refreshes, browser.rests()), (0, true));
}

#[test]
fn sixty_four_processes_on_an_expired_token_refresh_it_once_and_answer_alike() {
    let sandbox = Sandbox::start();
    let (desk, _browser) = alice(&sandbox, 200);
    let answers = at_once(64, || desk.get(CLOUD).succeeds().out);
    assert_eq!(counts(&sandbox).refreshes, 1);
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.contains("password=")), "{answers:#?}");
}

#[test]
fn sixty_four_processes_with_nothing_stored_open_one_browser() {
    let sandbox = Sandbox::start();
    let (desk, browser) = Browser::of(Desk::at(&sandbox).with_clients(&sandbox));
    let answers = std::thread::scope(|scope| {
        let running = scope.spawn(|| at_once(64, || desk.get(CLOUD).succeeds().out));
        bitbucket_sandbox::person::consents(&sandbox, &browser.led_to_the_site()).expect("the person comes back");
        running.join().expect("they end")
    });
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.contains("password=")), "{answers:#?}");
    assert_eq!((counts(&sandbox).exchanges, browser.rests()), (1, true));
}

fn at_once<T: Send>(count: usize, run: impl Fn() -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..count).map(|_| scope.spawn(&run)).collect();
        running.into_iter().map(|one| one.join().expect("it ends")).collect()
    })
}

#[test]
fn only_the_servers_clear_word_ends_a_sign_in() {
    for word in [DeadRefresh::InvalidGrant, DeadRefresh::InvalidRequest] {
        let sandbox = Sandbox::start();
        let (desk, browser) = alice(&sandbox, 200);
        sandbox.cloud(|cloud| {
            cloud.oauth.settings.dead_refresh = word;
            cloud.oauth.revoke_all_refresh_tokens(seeds::ALICE);
        });
        let desk = desk.with("GIT_TERMINAL_PROMPT", "0");
        desk.get(CLOUD).misses_saying("does not accept this browser sign-in any more");
        desk.get(CLOUD).misses_saying("login");
        assert!(browser.rests(), "nobody is there, so nobody is asked");
    }
}

#[test]
fn a_sign_in_that_has_ended_leads_to_a_new_one_where_a_person_is() {
    let sandbox = Sandbox::start();
    let (desk, browser) = alice(&sandbox, 200);
    sandbox.cloud(|cloud| cloud.oauth.revoke_all_refresh_tokens(seeds::ALICE));
    let (clone, _) = browser.consents(&sandbox, || desk.git(&["clone", APP, "one"]));
    clone.succeeds();
    assert_eq!(counts(&sandbox).exchanges, 2);
}

#[test]
fn an_answer_cut_off_after_the_rotation_is_made_good_with_the_token_before() {
    let sandbox = Sandbox::start();
    let (desk, browser) = refused_alice(&sandbox);
    sandbox.fault(Fault::at("bitbucket.org", TOKENS).cut(100).times(1));
    assert_eq!(desk.get(CLOUD).value("password"), None);
    assert!(desk.get(CLOUD).succeeds().value("password").is_some());
    assert_eq!((counts(&sandbox).refreshes, browser.rests()), (2, true));
}

#[test]
fn an_early_refresh_that_fails_still_answers_with_what_is_good() {
    let sandbox = Sandbox::start();
    let (desk, _browser) = alice(&sandbox, 200);
    sandbox.fault(Fault::at("bitbucket.org", TOKENS).status(503));
    assert!(desk.get(CLOUD).succeeds().value("password").is_some());
}

#[test]
fn replies_of_every_year_are_understood() {
    for key in [ScopeKey::Scope, ScopeKey::Scopes, ScopeKey::List, ScopeKey::Missing] {
        for gives_refresh in [true, false] {
            let sandbox = Sandbox::start();
            sandbox.cloud(|cloud| cloud.oauth.settings.scope_key = key);
            let (desk, _browser) = alice(&sandbox, 200);
            sandbox.cloud(|cloud| cloud.oauth.settings.gives_refresh = gives_refresh);
            sandbox.set_expires_in(200);
            // twice, so that the second uses what the first left
            for _ in 0..2 {
                assert!(desk.get(CLOUD).succeeds().value("password").is_some(), "{key:?} {gives_refresh}");
            }
            assert_eq!(counts(&sandbox).refreshes, 2, "{key:?} {gives_refresh}");
        }
    }
}

#[test]
fn the_old_refresh_token_serves_where_the_server_gives_no_new_one() {
    let sandbox = Sandbox::start();
    sandbox.cloud(|cloud| cloud.oauth.settings.rotate = false);
    let (desk, _browser) = alice(&sandbox, 200);
    sandbox.set_expires_in(200);
    for _ in 0..3 {
        assert!(desk.get(CLOUD).succeeds().value("password").is_some());
    }
    assert_eq!(counts(&sandbox).refreshes, 3);
}

#[test]
fn a_refresh_token_is_not_spent_where_the_new_one_could_not_be_kept() {
    let sandbox = Sandbox::start();
    let (desk, _browser) = refused_alice(&sandbox);
    let full = desk.on_a_full_disk(&["get"], CLOUD);
    assert_eq!((full.code, full.out.as_str()), (0, ""), "{full:?}");
    assert!(full.err.contains("cannot write"), "{}", full.err);
    assert_eq!(counts(&sandbox).refreshes, 0);
    assert!(desk.get(CLOUD).succeeds().value("password").is_some());
}

#[test]
fn tokens_of_six_kilobytes_clone_and_refresh() {
    let sandbox = Sandbox::start();
    sandbox.cloud(|cloud| cloud.oauth.settings.token_length = 6 * 1024);
    let (desk, _browser) = alice(&sandbox, 200);
    desk.git(&["clone", APP, "one"]).succeeds();
    assert!(desk.get(CLOUD).value("password").is_some_and(|token| token.len() == 6 * 1024));
}

#[test]
fn a_refusal_without_a_challenge_costs_no_sign_in() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let (desk, browser) = alice(&sandbox, 7200);
        let desk = desk.with_git(&git);
        desk.git(&["clone", APP, "one"]).succeeds();
        sandbox.fault(Fault::at("bitbucket.org", "/acme/app.git").status(401));
        desk.git(&["-C", "one", "fetch"]).fails();
        sandbox.clear_faults();
        desk.git(&["-C", "one", "fetch"]).succeeds();
        assert_eq!((counts(&sandbox).exchanges, browser.rests()), (1, true));
    }
}

#[test]
fn the_tokens_of_2019_are_refreshed_with_one_refresh_token_for_ever() {
    let sandbox = Sandbox::start();
    sandbox.cloud(Cloud::classic);
    let (desk, browser) = alice(&sandbox, 200);
    sandbox.set_expires_in(200);
    for _ in 0..3 {
        desk.git(&["ls-remote", APP]).succeeds();
    }
    assert_eq!((counts(&sandbox).refreshes, browser.rests()), (3, true));
}

#[test]
fn a_server_whose_clock_is_a_day_off_changes_nothing() {
    let sandbox = Sandbox::start();
    sandbox.advance(Duration::from_secs(86_400));
    let (desk, browser) = alice(&sandbox, 7200);
    desk.git(&["clone", APP, "one"]).succeeds();
    assert_eq!((counts(&sandbox).refreshes, browser.rests()), (0, true));
}

#[test]
fn a_helper_killed_anywhere_after_the_rotation_leaves_a_sign_in_that_works() {
    let sandbox = Sandbox::start();
    let (desk, browser) = alice(&sandbox, 200);
    // every get must refresh
    sandbox.set_expires_in(200);
    let record = || {
        let mut records = std::fs::read_dir(desk.data().join("records")).expect("records");
        std::fs::read(records.next().expect("one").expect("readable").path()).expect("whole, whenever it is read")
    };
    let (mut too_early, mut in_time) = (0, 0);
    for step in 0..200u32 {
        let before = record();
        let requests = sandbox.watch();
        let mut helper = desk.starts(&["get"], CLOUD);
        while !requests.recv_timeout(Duration::from_secs(60)).expect("it refreshes").target.starts_with(TOKENS) {}
        // the server has rotated; our write comes within the next milliseconds, so early steps are the small ones
        let moment = Instant::now() + Duration::from_micros(2) * step * step;
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
        helper.kill().expect("killed, or ended already");
        helper.wait().expect("ended");
        *(if record() == before { &mut too_early } else { &mut in_time }) += 1;
        let refreshes = counts(&sandbox).refreshes;
        let answer = desk.get(CLOUD).succeeds();
        assert!(answer.value("password").is_some(), "after step {step}: {answer:?}");
        assert_eq!(counts(&sandbox).refreshes, refreshes + 1, "after step {step}");
    }
    assert!(too_early > 0 && in_time > 0, "killed before the write {too_early} times, after it {in_time} times");
    assert_eq!((counts(&sandbox).refused, browser.rests()), (0, true));
}

#[test]
fn a_data_centers_tokens_heal_too() {
    let sandbox = Sandbox::start();
    let (desk, browser) = Browser::of(Desk::at(&sandbox).with_clients(&sandbox).with_git(&newest_git()));
    desk.signs_in_by_browser(&browser, &sandbox, seeds::CODE);
    let address = format!("{}/scm/{}.git", seeds::CODE, seeds::DC_APP);
    desk.git(&["clone", &address, "one"]).succeeds();
    sandbox.revoke_all_access_tokens(seeds::ALICE);
    desk.git(&["-C", "one", "fetch"]).succeeds();
    desk.git(&["-C", "one", "commit", "--allow-empty", "-m", "more"]).succeeds();
    desk.git(&["-C", "one", "push"]).succeeds();
    let refreshes = sandbox.data_center(seeds::CODE, |corp| corp.directory.oauth.counts(seeds::ALICE).refreshes);
    assert_eq!((refreshes, browser.rests()), (1, true));
}

#[test]
fn erasing_a_token_that_was_refreshed_meanwhile_leaves_the_new_one() {
    let sandbox = Sandbox::start();
    let (desk, _browser) = alice(&sandbox, 200);
    let old = std::fs::read_dir(desk.data().join("records")).expect("records").count();
    assert_eq!(old, 1);
    let stale = "canary-stale-access-token";
    let fresh = desk.get(CLOUD).succeeds();
    desk.helper(&["erase"], format!("{CLOUD}username=alice\npassword={stale}\n")).succeeds();
    assert_eq!(desk.get(CLOUD).value("password"), fresh.value("password"));
    assert_eq!(counts(&sandbox).refreshes, 1);
}

#[test]
fn an_erase_of_the_current_token_costs_one_question_to_the_server_and_no_sign_in() {
    let sandbox = Sandbox::start();
    let (desk, browser) = alice(&sandbox, 7200);
    let token = desk.get(CLOUD).value("password").expect("a token").to_owned();
    let erase = format!("{CLOUD}username=alice\npassword={token}\n");
    // two git processes may each be refused, and tell us so
    desk.helper(&["erase"], &erase).succeeds();
    desk.helper(&["erase"], &erase).succeeds();
    sandbox.revoke_all_access_tokens(seeds::ALICE);
    let answer = desk.get(CLOUD).succeeds();
    assert!(answer.value("password").is_some_and(|fresh| fresh != token), "{answer:?}");
    assert_eq!((counts(&sandbox).refreshes, browser.rests()), (1, true));
}
