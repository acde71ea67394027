//! Which account, for which workspace, and other questions that come later.

use super::{APP, CLOUD, desk, gives_token, while_it_runs};
use crate::stage::chromium::Chromium;
use crate::stage::{Browser, Desk, gits};
use bitbucket_sandbox::{Sandbox, seeds};

/// Alice at work and at home, both signed in.
fn two(sandbox: &Sandbox) -> (Desk, Browser) {
    let (desk, browser) = desk(sandbox);
    for (email, token) in [(seeds::ALICE_EMAIL, seeds::API_TOKEN), (seeds::ALICE_HOME_EMAIL, seeds::API_TOKEN_HOME)] {
        desk.signs_in("bitbucket.org", &["--username", email], token).succeeds();
    }
    (desk, browser)
}

#[test]
fn of_several_accounts_one_is_chosen_for_a_workspace_and_remembered() {
    let Some(chromium) = Chromium::start(None) else { return };
    for git in gits() {
        let sandbox = Sandbox::start();
        let (desk, browser) = two(&sandbox);
        let desk = desk.with_git(&git);
        let clone = while_it_runs(
            || desk.git(&["clone", "--recurse-submodules", "https://bitbucket.org/acme/with-submodules.git", "all"]),
            || {
                chromium.open(&browser.opened());
                chromium.shows("Which account at bitbucket.org?");
                chromium.shows("Always, for everything under acme");
                chromium.click(".option:nth-of-type(1) input");
                chromium.click("button[value=go]");
                chromium.shows("Git goes on as alice at bitbucket.org.");
                // the other workspace of the submodules is another question
                chromium.open(&browser.opened());
                chromium.shows("Always, for everything under globex");
                chromium.click(".option:nth-of-type(2) input");
                chromium.click("button[value=go]");
                chromium.shows("Git goes on as alice-home");
            },
        );
        clone.succeeds();
        let accounts = desk.helper(&["accounts"], "").succeeds().out;
        assert!(accounts.contains("acme") && accounts.contains("globex"), "{accounts}");
        desk.git(&["clone", APP, "again"]).succeeds();
        assert!(browser.rests());
    }
}

#[test]
fn without_the_tick_the_choice_holds_for_this_command_only() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = two(&sandbox);
    for folder in ["one", "two"] {
        let clone = while_it_runs(
            || desk.git(&["clone", APP, folder]),
            || {
                chromium.open(&browser.opened());
                chromium.click("input[name=always]");
                chromium.click("button[value=go]");
                chromium.shows("Git goes on as alice");
            },
        );
        clone.succeeds();
    }
}

#[test]
fn a_second_account_is_for_one_workspace_only_if_the_person_says_so() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    let clone = while_it_runs(
        || desk.git(&["clone", "https://alice-home@bitbucket.org/alice-home/dotfiles.git", "one"]),
        || {
            chromium.open(&browser.opened());
            chromium.shows("Only for alice-home, and always there");
            chromium.click("input[name=always]");
            gives_token(&chromium, seeds::API_TOKEN_HOME, seeds::ALICE_HOME_EMAIL);
            chromium.shows("as alice-home.");
        },
    );
    clone.succeeds();
    let get = |path: &str| desk.get(format!("{CLOUD}path={path}\n")).value("username").map(str::to_owned);
    assert_eq!(get("alice-home/dotfiles.git").as_deref(), Some("alice-home"));
}

#[test]
fn another_persons_token_is_told_in_place() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let clone = while_it_runs(
        || desk.git(&["clone", "https://alice@bitbucket.org/acme/app.git", "one"]),
        || {
            chromium.open(&browser.opened());
            gives_token(&chromium, seeds::API_TOKEN_BOB, seeds::BOB_EMAIL);
            chromium.shows("bitbucket.org knows this as bob, not as alice");
            chromium.types("#token", seeds::API_TOKEN);
            // the e-mail of the other one still stands there
            chromium.clears("#email");
            chromium.types("#email", seeds::ALICE_EMAIL);
            chromium.click("button[value=go]");
            chromium.shows("as alice.");
        },
    );
    clone.succeeds();
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert!(!accounts.contains("bob"), "{accounts}");
}

#[test]
fn an_access_token_is_asked_what_it_is_for() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let clone = while_it_runs(
        || desk.git(&["clone", APP, "one"]),
        || {
            chromium.open(&browser.opened());
            gives_token(&chromium, seeds::REPO_TOKEN, "");
            chromium.shows("This token is for");
            chromium.click("button[value=go]");
            chromium.shows("Git now works with bitbucket.org, by this access token.");
        },
    );
    clone.succeeds();
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert!(accounts.contains("acme/app"), "{accounts}");
}

#[test]
fn a_site_that_is_not_known_yet_is_named_as_such() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    let (desk, browser) = Browser::of(desk);
    let request = "protocol=https\nhost=code.corp.example\nwwwauth[]=Basic realm=\"Atlassian Bitbucket\"\n";
    let get = while_it_runs(
        || desk.get(request),
        || {
            let visitor = super::Visitor::at(&browser.opened());
            let page = visitor.looks().text;
            assert!(page.contains("This site is not known here yet") && page.contains(seeds::CODE), "{page}");
            visitor.sends(&[("form", &super::token_in(&page)), ("token", seeds::HTTP_TOKEN), ("press", "go")]);
        },
    );
    assert_eq!(get.succeeds().value("username"), Some("alice"));
}

#[test]
fn a_captcha_is_solved_in_the_same_browser_and_the_same_password_then_works() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    sandbox.data_center(seeds::CORP, |corp| corp.directory.captcha_after = 0);
    let gives_password = || {
        chromium.types("#password", seeds::DC_ALICE_PASSWORD);
        chromium.click("button[value=go]");
    };
    let login = while_it_runs(
        || desk.helper(&["login", seeds::CORP, "--web"], ""),
        || {
            chromium.open(&browser.opened());
            chromium.click("label[for=way-password]");
            chromium.types("#username", seeds::ALICE);
            gives_password();
            chromium.shows("wants a CAPTCHA solved");
            assert_eq!(chromium.attribute(".error a", "href"), format!("{}/login", seeds::CORP));
            sandbox.data_center(seeds::CORP, |corp| corp.directory.captcha_after = 5);
            gives_password();
            chromium.shows("You are signed in");
        },
    );
    login.succeeds();
}

#[test]
fn where_no_keyring_answers_the_page_asks_where_else() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    desk.configure("[bitbucket]\n\tstorage = auto\n");
    let clone = while_it_runs(
        || desk.git(&["clone", APP, "one"]),
        || {
            chromium.open(&browser.opened());
            gives_token(&chromium, seeds::API_TOKEN, seeds::ALICE_EMAIL);
            chromium.shows("No keyring is running here. Keep this sign-in, now and later, in");
            chromium.click("button[value=go]");
            chromium.shows("Kept in a file only you can read.");
        },
    );
    clone.succeeds();
    desk.git(&["clone", APP, "two"]).succeeds();
    assert!(browser.rests());
}

#[test]
fn a_token_that_ends_is_remembered_with_its_day() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let login = while_it_runs(
        || desk.helper(&["login", "--web"], ""),
        || {
            chromium.open(&browser.opened());
            chromium.sets("#expires", "2001-01-01");
            gives_token(&chromium, seeds::API_TOKEN, seeds::ALICE_EMAIL);
            chromium.shows("That is no day ahead.");
            chromium.sets("#expires", "2030-03-01");
            chromium.types("#token", seeds::API_TOKEN);
            chromium.click("button[value=go]");
            chromium.shows("You are signed in");
        },
    );
    login.succeeds();
    // the last second of that day
    let accounts = desk.helper(&["accounts", "--json"], "").out;
    assert!(accounts.contains("1898639999"), "{accounts}");
}

#[test]
fn where_passwords_are_switched_off_the_page_goes_on_with_a_token() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    sandbox.data_center(seeds::CORP, |corp| corp.switches.basic = false);
    let login = while_it_runs(
        || desk.helper(&["login", seeds::CORP, "--web"], ""),
        || {
            chromium.open(&browser.opened());
            chromium.click("label[for=way-password]");
            chromium.types("#username", seeds::ALICE);
            chromium.types("#password", seeds::DC_ALICE_PASSWORD);
            chromium.click("button[value=go]");
            chromium.shows("No token yet?");
            assert!(chromium.title().starts_with("Error: "), "{}", chromium.title());
            assert!(!chromium.source().contains("name=\"password\""), "it is not offered again");
            gives_token(&chromium, seeds::HTTP_TOKEN, "");
            chromium.shows("as alice.");
        },
    );
    login.succeeds();
}
