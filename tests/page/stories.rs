//! From the page to a finished clone, at both products.

use super::{APP, at, desk, gives_token, while_it_runs};
use crate::stage::chromium::Chromium;
use crate::stage::{Browser, Desk, gits};
use bitbucket_sandbox::{Sandbox, seeds};

#[test]
fn a_clone_without_a_terminal_works_after_an_api_token_and_its_email_and_no_script() {
    let Some(chromium) = Chromium::start(None) else { return };
    for git in gits() {
        let sandbox = Sandbox::start();
        let (desk, browser) = desk(&sandbox);
        let desk = desk.with_git(&git);
        let clone = while_it_runs(
            || desk.git(&["clone", APP, "one"]),
            || {
                chromium.open(&browser.opened());
                chromium.without_scripts();
                chromium.shows("https://bitbucket.org");
                chromium.shows("acme/app");
                gives_token(&chromium, seeds::API_TOKEN, seeds::ALICE_EMAIL);
                chromium.shows("Git now works with bitbucket.org as alice.");
                chromium.shows("You can close this window.");
            },
        );
        assert!(clone.succeeds().err.contains("in your browser:"), "the address is said as well");
        desk.git(&["clone", APP, "two"]).succeeds();
        assert!(browser.rests());
    }
}

#[test]
fn a_data_center_takes_a_token_or_a_password() {
    let Some(chromium) = Chromium::start(None) else { return };
    let app = at(seeds::CODE, seeds::DC_APP);
    for by_password in [false, true] {
        let sandbox = Sandbox::start();
        let (desk, browser) = desk(&sandbox);
        let clone = while_it_runs(
            || desk.git(&["clone", &app, "one"]),
            || {
                chromium.open(&browser.opened());
                chromium.shows(seeds::CODE);
                if by_password {
                    chromium.click("label[for=way-password]");
                    chromium.types("#username", seeds::ALICE);
                    chromium.types("#password", seeds::DC_ALICE_PASSWORD);
                    chromium.click("button[value=go]");
                    chromium.shows("Git has an HTTP access token of its own");
                } else {
                    gives_token(&chromium, seeds::HTTP_TOKEN, "");
                }
                chromium.shows("as alice.");
            },
        );
        clone.succeeds();
        let accounts = desk.helper(&["accounts"], "").succeeds().out;
        assert!(accounts.contains("alice  HTTP access token"), "{accounts}");
    }
}

#[test]
fn a_wrong_token_is_said_in_place_and_costs_one_failed_login() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let clone = while_it_runs(
        || desk.git(&["clone", APP, "one"]),
        || {
            chromium.open(&browser.opened());
            gives_token(&chromium, seeds::API_TOKEN_EXPIRED, seeds::ALICE_EMAIL);
            chromium.shows("does not accept this API token with this e-mail");
            assert!(chromium.title().starts_with("Error: "), "{}", chromium.title());
            assert_eq!(chromium.attribute(".error", "role"), "alert");
            assert_eq!(chromium.attribute("#token", "aria-describedby"), "error token-hint");
            assert_eq!((chromium.attribute("#token", "value"), chromium.focus()), (String::new(), "token".into()));
            assert_eq!(chromium.attribute("#email", "value"), seeds::ALICE_EMAIL);
            assert!(!chromium.source().contains(seeds::API_TOKEN_EXPIRED));
            // a refused token is not sent again, whoever types it again
            chromium.types("#token", seeds::API_TOKEN_EXPIRED);
            chromium.click("button[value=go]");
            chromium.shows("has refused this API token before. Send it once more?");
            chromium.click("button[value=no]");
            chromium.shows("Sign in to Bitbucket Cloud");
            assert_eq!(chromium.attribute("#email", "value"), seeds::ALICE_EMAIL);
            chromium.types("#token", seeds::API_TOKEN);
            chromium.click("button[value=go]");
            chromium.shows("You are signed in");
        },
    );
    clone.succeeds();
    assert_eq!(sandbox.cloud(|cloud| cloud.failures.total().wrong), 1);
}

#[test]
fn a_wrong_password_costs_one_failed_login_and_the_name_stays() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let app = at(seeds::CORP, seeds::DC_APP);
    let clone = while_it_runs(
        || desk.git(&["clone", &app, "one"]),
        || {
            chromium.open(&browser.opened());
            chromium.click("label[for=way-password]");
            chromium.click("button[value=go]");
            chromium.shows("The username is missing.");
            chromium.types("#username", seeds::ALICE);
            chromium.types("#password", "canary-wrong-password");
            chromium.click("button[value=go]");
            chromium.shows("does not accept this username and password");
            assert_eq!(chromium.attribute("#username", "value"), seeds::ALICE);
            assert!(!chromium.source().contains("canary"));
            chromium.types("#password", seeds::DC_ALICE_PASSWORD);
            chromium.click("#trade");
            chromium.click("button[value=go]");
            chromium.shows("You are signed in");
        },
    );
    clone.succeeds();
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert!(accounts.contains("alice  password"), "{accounts}");
    assert_eq!(sandbox.data_center(seeds::CORP, |corp| corp.directory.failures.total().wrong), 1);
}

#[test]
fn the_page_leads_to_where_the_token_is_made_without_saying_where_it_comes_from() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    for (site, page) in [
        ("bitbucket.org", "https://id.atlassian.com/manage-profile/security/api-tokens".to_owned()),
        (seeds::CODE, format!("{}/plugins/servlet/access-tokens/manage", seeds::CODE)),
    ] {
        while_it_runs(
            || desk.helper(&["login", site, "--web"], ""),
            || {
                chromium.open(&browser.opened());
                assert_eq!(chromium.attribute(".help a", "href"), page);
                assert_eq!(chromium.attribute(".help a", "rel"), "noopener noreferrer");
                chromium.shows(if site == seeds::CODE { "repository write" } else { "write:repository:bitbucket" });
                chromium.click("button[value=cancel]");
                chromium.shows("Sign-in called off");
            },
        )
        .fails();
    }
}

#[test]
fn where_single_sign_on_rules_no_password_is_offered() {
    let sandbox = Sandbox::start();
    sandbox.data_center(seeds::CODE, |code| code.switches.login_form = false);
    let (desk, browser) = desk(&sandbox);
    for (site, offered) in [(seeds::CODE, false), (seeds::CORP, true)] {
        let words = "lets people in by single sign-on only: give a token.";
        while_it_runs(
            || desk.helper(&["login", site, "--web"], ""),
            || {
                let visitor = super::Visitor::at(&browser.opened());
                let page = visitor.looks().text;
                assert_eq!((page.contains("name=\"password\""), page.contains(words)), (offered, !offered), "{site}");
                visitor.sends(&[("form", &super::token_in(&page)), ("press", "cancel")]);
            },
        )
        .fails();
    }
}

#[test]
fn the_page_offers_the_sites_own_sign_in_where_a_client_is_known() {
    let sandbox = Sandbox::start();
    let Some(chromium) = Chromium::start(Some(&sandbox.proxy_url())) else { return };
    let (desk, browser) = Browser::of(Desk::at(&sandbox).with_clients(&sandbox));
    let clone = while_it_runs(
        || desk.git(&["clone", APP, "one"]),
        || {
            chromium.open(&browser.opened());
            assert_eq!(chromium.focus(), "press", "one key is enough");
            chromium.click("button[value=browser]");
            chromium.shows("Grant access to Git?");
            chromium.click("button.yes");
            chromium.shows("Git now works with bitbucket.org as alice.");
        },
    );
    clone.succeeds();
    assert!(browser.rests(), "all in one window");
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert!(accounts.contains("alice  browser sign-in"), "{accounts}");
}

#[test]
fn login_web_without_a_client_asks_on_the_page_and_not_the_askpass_program() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let desk = desk.person_says(&[("Token", seeds::API_TOKEN)]);
    let login = while_it_runs(
        || desk.helper(&["login", "--web"], ""),
        || {
            chromium.open(&browser.opened());
            gives_token(&chromium, seeds::API_TOKEN, seeds::ALICE_EMAIL);
            chromium.shows("You are signed in");
        },
    );
    assert!(login.succeeds().err.contains("Signed in to bitbucket.org as alice"));
    assert!(desk.asked().is_empty(), "{:?}", desk.asked());
}

#[test]
fn an_app_password_is_named_as_dead_without_being_sent() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    while_it_runs(
        || desk.helper(&["login", "--web"], ""),
        || {
            chromium.open(&browser.opened());
            gives_token(&chromium, seeds::APP_PASSWORD, seeds::ALICE_EMAIL);
            chromium.shows("does not accept app passwords any more");
            chromium.click("button[value=cancel]");
            chromium.shows("called off");
        },
    )
    .fails();
    assert!(sandbox.requests().iter().all(|seen| seen.authorization.is_none()));
}

#[test]
fn a_token_that_cannot_push_or_was_not_checked_is_told_on_the_last_page() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    for (token, email, note) in [
        (seeds::API_TOKEN_READ_ONLY, seeds::ALICE_EMAIL, "This token cannot push: it lacks the scope"),
        (seeds::API_TOKEN_HOME, "", "Not checked: there was no repository to try it on"),
    ] {
        while_it_runs(
            || desk.helper(&["login", "--web"], ""),
            || {
                chromium.open(&browser.opened());
                gives_token(&chromium, token, email);
                chromium.shows("You are signed in");
                chromium.shows(note);
                chromium.shows("Kept in a file only you can read.");
            },
        )
        .succeeds();
    }
}
