//! One page, however many processes there are, and none where nobody is to be asked.

use super::{APP, CLOUD, Visitor, desk, token_in, visited, while_it_runs};
use crate::stage::Terminal;
use crate::stage::chromium::Chromium;
use bitbucket_sandbox::{Fault, Sandbox, seeds};
use rustix::process::{Pid, Signal, kill_process};
use std::net::TcpListener;
use std::time::{Duration, Instant};

const SUBMODULES: &str = "https://bitbucket.org/acme/with-submodules.git";

/// What a person who signs in as Alice sends.
fn signs_in(visitor: &Visitor) -> String {
    let form = visitor.token();
    let fields = [("form", form.as_str()), ("token", seeds::API_TOKEN), ("email", seeds::ALICE_EMAIL), ("press", "go")];
    visitor.sends(&fields).text
}

#[test]
fn sixteen_processes_at_once_show_one_page() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let answers: Vec<String> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..16).map(|_| scope.spawn(|| desk.get(CLOUD).succeeds().out)).collect();
        assert!(signs_in(&Visitor::at(&browser.opened())).contains("You are signed in"));
        running.into_iter().map(|one| one.join().expect("it ends")).collect()
    });
    assert!(answers.iter().all(|answer| answer.contains(seeds::API_TOKEN)), "{answers:#?}");
    assert!(browser.rests());
    assert_eq!(sandbox.api_requests().len(), 1, "checked once");
}

#[test]
fn a_fetch_of_submodules_in_parallel_shows_one_page() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    desk.git(&["clone", "--recurse-submodules", SUBMODULES, "all"]).succeeds();
    desk.helper(&["logout", "--all"], "").succeeds();
    let fetch = while_it_runs(
        || desk.git(&["-C", "all", "fetch", "--recurse-submodules", "--jobs=4"]),
        || assert!(signs_in(&Visitor::at(&browser.opened())).contains("You are signed in")),
    );
    fetch.succeeds();
    assert!(browser.rests());
}

#[test]
fn whoever_calls_it_off_is_not_asked_again_by_the_same_command() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let clone = while_it_runs(
        || desk.git(&["clone", "--recurse-submodules", SUBMODULES, "all"]),
        || {
            chromium.open(&browser.opened());
            chromium.click("button[value=cancel]");
            chromium.shows("You can close this window.");
        },
    );
    assert!(!clone.fails().err.contains("Username for"));
    assert!(browser.rests());
}

#[test]
fn a_git_that_ends_takes_the_page_and_its_port_along() {
    for (arguments, signal) in [(&["clone", APP, "one"][..], Signal::KILL), (&["credential", "fill"], Signal::TERM)] {
        let sandbox = Sandbox::start();
        let (desk, browser) = desk(&sandbox);
        let mut git = desk.starts_git(arguments, CLOUD);
        let visitor = Visitor::at(&browser.opened());
        assert_eq!(visitor.looks().status, "200");
        kill_process(Pid::from_child(&git), signal).expect("told");
        git.wait().expect("ended");
        let ended = Instant::now();
        while TcpListener::bind(&visitor.authority).is_err() {
            assert!(ended.elapsed() < Duration::from_secs(2), "the port is still taken after {signal:?}");
        }
    }
}

#[test]
fn where_nobody_may_be_asked_no_page_opens() {
    let sandbox = Sandbox::start();
    for (name, value) in [("GIT_TERMINAL_PROMPT", "0"), ("CI", "true")] {
        let (desk, browser) = desk(&sandbox);
        let desk = desk.with(name, value);
        let get = desk.get(CLOUD);
        assert_eq!((get.code, get.out.as_str()), (0, ""), "{}", get.err);
        assert!(browser.rests());
    }
    let (desk, browser) = desk(&sandbox);
    desk.configure("[credential]\n\tinteractive = false\n");
    desk.get(CLOUD).misses_saying("nobody is signed in");
    desk.helper(&["--no-input", "login", "--web"], "").fails();
    assert!(browser.rests());
}

#[test]
fn a_person_who_asks_twice_for_the_same_gets_one_answer() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let login = visited(&desk, &browser, |visitor| {
        let first = visitor.looks().text;
        assert_eq!(token_in(&first), token_in(&visitor.looks().text), "a reload changes nothing");
        let wrong = [("form", &*token_in(&first)), ("token", seeds::API_TOKEN_EXPIRED), ("press", "go")];
        let with_email = [&wrong[..], &[("email", seeds::ALICE_EMAIL)]].concat();
        assert!(visitor.sends(&with_email).text.contains("does not accept"));
        // the browser's back button, and the old form once more
        let again = visitor.sends(&with_email).text;
        assert!(again.contains("does not accept") && token_in(&again) != token_in(&first), "{again}");
        assert_eq!(sandbox.api_requests().len(), 1);
        assert!(signs_in(&visitor).contains("You are signed in"));
    });
    login.succeeds();
}

#[test]
fn login_web_at_a_terminal_shows_the_address_and_waits_for_the_browser() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let mut terminal = Terminal::new();
    let login = terminal.watches(&desk, &["login", "--web"]);
    let address = browser.opened();
    terminal.shows("Sign in to https://bitbucket.org (Bitbucket Cloud) in your browser:");
    terminal.shows(&address);
    terminal.shows("waiting for your browser");
    assert!(signs_in(&Visitor::at(&address)).contains("You are signed in"));
    let (success, screen) = terminal.after(login);
    assert!(success && screen.iter().any(|line| line.contains("Signed in to bitbucket.org as alice")), "{screen:#?}");
}

#[test]
fn two_clicks_on_the_same_button_are_one_sign_in() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    sandbox.fault(Fault::at("api.bitbucket.org", "/2.0/user").delay(Duration::from_secs(2)));
    let login = visited(&desk, &browser, |visitor| {
        let token = visitor.token();
        let fields = [("form", &*token), ("token", seeds::API_TOKEN), ("email", seeds::ALICE_EMAIL), ("press", "go")];
        std::thread::scope(|scope| {
            let clicks = [0, 1].map(|_| scope.spawn(|| visitor.sends(&fields).text));
            for click in clicks {
                assert!(click.join().expect("an answer").contains("You are signed in"));
            }
        });
    });
    login.succeeds();
    assert_eq!(sandbox.api_requests().len(), 1, "checked once");
}
