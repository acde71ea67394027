//! What the page asks for: by the product, by whom it knows already, and by what each command wants to know.

use super::{APP, Visitor, at, desk, token_in, while_it_runs};
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
