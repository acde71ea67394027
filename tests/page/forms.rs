//! What the page asks for: by the product, by whom it knows already, and by what each command wants to know.

use super::{APP, Visitor, at, desk, token_in, visited, while_it_runs};
use crate::stage::{Browser, Desk, Done};
use bitbucket_sandbox::{Sandbox, seeds};

/// The page that this opens; then it is called off.
fn page(browser: &Browser, run: impl FnOnce() -> Done + Send) -> String {
    let mut page = String::new();
    while_it_runs(run, || {
        let visitor = Visitor::at(&browser.opened());
        page = visitor.looks().text;
        visitor.sends(&[("form", &token_in(&page)), ("press", "cancel")]);
    });
    page
}

fn page_of_login(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let (desk, browser) = desk(sandbox);
    page(&browser, || desk.helper(&[&["login", "--web"], arguments].concat(), ""))
}

fn page_of_clone(desk: &Desk, browser: &Browser, address: &str) -> String {
    page(browser, || desk.git(&["clone", address, "one"]))
}

fn asks_for(page: &str, field: &str) -> bool {
    page.contains(&format!(" name=\"{field}\""))
}

#[test]
fn each_product_is_asked_for_what_it_takes() {
    let sandbox = Sandbox::start();
    let cloud = page_of_login(&sandbox, &["bitbucket.org"]);
    assert!(cloud.contains(">API token</label>") && !cloud.contains("HTTP access token"), "{cloud}");
    assert_eq!(
        ["token", "email", "expires", "password", "trade"].map(|field| asks_for(&cloud, field)),
        [true, true, true, false, false]
    );
    let company = page_of_login(&sandbox, &[seeds::CORP]);
    assert!(company.contains(">HTTP access token</label>") && !company.contains(">API token<"), "{company}");
    assert_eq!(
        ["token", "email", "expires", "password", "trade"].map(|field| asks_for(&company, field)),
        [true, false, true, true, true]
    );
}

#[test]
fn what_is_known_is_shown_and_not_asked() {
    let sandbox = Sandbox::start();
    let named = page_of_login(&sandbox, &["bitbucket.org", "--username", seeds::ALICE_EMAIL]);
    assert!(named.contains("https://bitbucket.org") && named.contains(seeds::ALICE_EMAIL), "{named}");
    assert!(!asks_for(&named, "email") && asks_for(&named, "token"), "{named}");
    let by_name = page_of_login(&sandbox, &["bitbucket.org", "--username", seeds::ALICE]);
    assert!(by_name.contains("<dt>Account</dt>") && asks_for(&by_name, "email"), "{by_name}");
    let person = page_of_login(&sandbox, &[seeds::CORP, "--username", seeds::ALICE]);
    assert!(!asks_for(&person, "username") && asks_for(&person, "password"), "{person}");
    let anybody = page_of_login(&sandbox, &[seeds::CORP]);
    assert!(asks_for(&anybody, "username") && !anybody.contains("<dt>Account</dt>"), "{anybody}");
}

#[test]
fn a_command_of_gits_shows_its_repository_and_asks_for_no_date() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let page = page_of_clone(&desk, &browser, APP);
    assert!(page.contains("<dt>For</dt>") && page.contains("acme/app"), "{page}");
    assert!(!asks_for(&page, "expires"), "{page}");
}

#[test]
fn a_rule_is_offered_only_where_somebody_else_is_signed_in() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    assert!(!asks_for(&page_of_clone(&desk, &browser, "https://bob@bitbucket.org/acme/app.git"), "always"));
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    let other = page_of_clone(&desk, &browser, "https://bob@bitbucket.org/acme/app.git");
    assert!(asks_for(&other, "always") && other.contains("Only for acme, and always there"), "{other}");
    let crooked = page_of_clone(&desk, &browser, "https://bob@bitbucket.org/acme//app.git");
    assert!(!asks_for(&crooked, "always"), "{crooked}");
    assert!(!asks_for(&page(&browser, || desk.helper(&["login", "--web"], "")), "always"), "no place is known");
    let bound = page(&browser, || desk.helper(&["login", "--web", "--for", "acme"], ""));
    assert!(!asks_for(&bound, "always"), "that has been said already");
}

#[test]
fn the_sites_own_sign_in_is_offered_where_a_client_is_known() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let lacks = page_of_clone(&desk, &browser, APP);
    assert!(!lacks.contains("value=\"browser\""), "{lacks}");
    let (desk, browser) = Browser::of(Desk::at(&sandbox).with_clients(&sandbox));
    let has = page_of_clone(&desk, &browser, APP);
    assert!(has.contains("value=\"browser\"") && has.contains("Go on at bitbucket.org"), "{has}");
    desk.configure("[bitbucket \"https://bitbucket.org\"]\n\tsignIn = token\n");
    let token = page_of_clone(&desk, &browser, APP);
    assert!(!token.contains("value=\"browser\""), "{token}");
}

#[test]
fn the_way_that_is_filled_in_counts_where_a_browser_shows_both() {
    let sandbox = Sandbox::start();
    let (name, password) = (("username", seeds::ALICE), ("password", seeds::DC_ALICE_PASSWORD));
    let token = ("token", seeds::HTTP_TOKEN);
    let cases = [
        (vec![("way", "password"), name, password], "as alice"),
        (vec![("way", "token"), name, password], "as alice"),
        (vec![("way", "password"), token], "as alice"),
        (vec![("way", "token"), token, name, ("password", "canary-wrong")], "as alice"),
        (vec![("way", "password"), ("token", "canary-wrong"), name, password], "as alice"),
        (vec![("way", "token")], "The token is missing"),
        (vec![("way", "password")], "The username is missing"),
        (vec![("way", "password"), name], "The password is missing"),
        (vec![("way", "token"), token, ("expires", "1999-01-01")], "no day ahead"),
        (vec![("way", "token"), ("token", "canary-of-a-plug-in")], "does not accept this HTTP access token"),
    ];
    for (fields, words) in cases {
        let (desk, browser) = desk(&sandbox);
        while_it_runs(
            || desk.git(&["clone", &at(seeds::CORP, seeds::DC_APP), "one"]),
            || {
                let visitor = Visitor::at(&browser.opened());
                let form = visitor.token();
                let told = visitor.sends(&[&[("form", form.as_str()), ("press", "go")], &fields[..]].concat()).text;
                let told =
                    told.replace("<strong>", "").replace("</strong>", "").replace("<bdi>", "").replace("</bdi>", "");
                assert!(told.contains(words), "{fields:?}: {told}");
                if !told.contains("as alice") {
                    visitor.sends(&[("form", &token_in(&told)), ("press", "cancel")]);
                }
            },
        );
    }
}

#[test]
fn what_is_wrong_is_shown_at_its_field() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    visited(&desk, &browser, |visitor| {
        for (field, fields) in [
            ("expires", [("token", seeds::API_TOKEN), ("expires", "1999-01-01")]),
            ("token", [("token", seeds::APP_PASSWORD), ("expires", "")]),
            ("token", [("token", "canary\nlines"), ("expires", "")]),
        ] {
            let form = visitor.token();
            let told = visitor.sends(&[&[("form", form.as_str()), ("press", "go")], &fields[..]].concat()).text;
            let (_, input) = told.split_once(&format!("name=\"{field}\"")).expect("a field");
            assert!(input.split('>').next().is_some_and(|input| input.contains("aria-invalid")), "{told}");
            assert_eq!(told.matches("aria-invalid=\"true\"").count(), 1, "{told}");
        }
        visitor.sends(&[("form", &visitor.token()), ("press", "cancel")]);
    });
}

/// Alice is signed in; the page fills in for another account what `fields` say.
fn another_account(address: &str, fields: &[(&str, &str)]) -> (Sandbox, Desk) {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    let clone = while_it_runs(
        || desk.git(&["clone", address, "one"]),
        || {
            let visitor = Visitor::at(&browser.opened());
            let form = visitor.token();
            let mut told = visitor.sends(&[&[("form", form.as_str()), ("press", "go")], fields].concat()).text;
            if told.contains("This token is for") {
                let form = token_in(&told);
                told = visitor.sends(&[("form", &form), ("answer", "0"), ("press", "go")]).text;
            }
            assert!(told.contains("now works with"), "{told}");
        },
    );
    clone.succeeds();
    (sandbox, desk)
}

#[test]
fn a_tick_makes_a_rule_for_an_account_and_a_token_of_nobodys_is_for_its_place_anyway() {
    let home = "https://alice-home@bitbucket.org/alice-home/dotfiles.git";
    let fields = [("token", seeds::API_TOKEN_HOME), ("email", seeds::ALICE_HOME_EMAIL), ("always", "yes")];
    for (fields, rules) in [(&fields[..], 1), (&fields[..2], 0)] {
        let (_sandbox, desk) = another_account(home, fields);
        let accounts = desk.helper(&["accounts"], "").succeeds().out;
        assert_eq!(accounts.matches("for alice-home: alice-home").count(), rules, "{accounts}");
        let json = desk.helper(&["accounts", "--json"], "").succeeds().out;
        assert_eq!(json.matches("\"expires\": null").count(), 2, "nobody was asked when they end: {json}");
    }
    let token = [("token", seeds::REPO_TOKEN), ("always", "yes")];
    let (_sandbox, desk) = another_account("https://x-token-auth@bitbucket.org/acme/app.git", &token);
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert!(accounts.contains("x-token-auth:acme/app") && !accounts.contains("for acme:"), "{accounts}");
}

#[test]
fn a_token_without_a_day_ends_when_the_cloud_ends_it() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let login = visited(&desk, &browser, |visitor| {
        let fields = [("token", seeds::API_TOKEN), ("email", seeds::ALICE_EMAIL), ("expires", ""), ("press", "go")];
        visitor.sends(&[&[("form", visitor.token().as_str())], &fields[..]].concat());
    });
    let told = login.succeeds().err;
    assert!(
        told.contains("Sign in to https://bitbucket.org (Bitbucket Cloud) in your browser:\n  http://127.0.0.1:"),
        "{told}"
    );
    let json = desk.helper(&["accounts", "--json"], "").succeeds().out;
    assert!(!json.contains("\"expires\": null"), "in a year: {json}");
}

#[test]
fn of_several_accounts_one_is_chosen_for_what_is_named_on_the_page() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    for (email, token) in [(seeds::ALICE_EMAIL, seeds::API_TOKEN), (seeds::ALICE_HOME_EMAIL, seeds::API_TOKEN_HOME)] {
        desk.signs_in("bitbucket.org", &["--username", email], token).succeeds();
    }
    for (always, asked_again) in [(None, true), (Some(("always", "yes")), false)] {
        let clone = while_it_runs(
            || desk.git(&["clone", APP, if asked_again { "one" } else { "two" }]),
            || {
                let visitor = Visitor::at(&browser.opened());
                let page = visitor.looks().text;
                for words in
                    ["<dt>Site</dt>", "https://bitbucket.org", "<dt>For</dt>", "acme/app", "for everything under acme"]
                {
                    assert!(page.contains(words), "{words}: {page}");
                }
                let form = token_in(&page);
                let chosen = [("form", form.as_str()), ("account", "0"), ("press", "go")];
                visitor.sends(&[&chosen[..], always.as_slice()].concat());
            },
        );
        let told = clone.succeeds().err;
        assert!(
            told.contains("Choose an account at https://bitbucket.org in your browser:\n  http://127.0.0.1:"),
            "{told}"
        );
    }
    desk.git(&["clone", APP, "three"]).succeeds();
    assert!(browser.rests());
}

#[test]
fn whoever_wants_the_browser_gets_the_page_although_a_window_could_ask() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let desk = desk.person_says(&[("Token for", seeds::API_TOKEN), ("E-mail", seeds::ALICE_EMAIL)]);
    let page = page(&browser, || desk.helper(&["login", "--web"], ""));
    assert!(asks_for(&page, "token") && desk.asked().is_empty(), "{:?}", desk.asked());
    desk.helper(&["login"], "").succeeds();
    assert!(desk.asked().len() == 2 && browser.rests(), "{:?}", desk.asked());
}
