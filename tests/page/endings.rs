//! What stands on the last page, for whoever reads no terminal.

use super::{Visitor, desk, while_it_runs};
use crate::stage::{Browser, Desk, Terminal};
use bitbucket_sandbox::data_center::{Endless, TokenPolicy};
use bitbucket_sandbox::{Fault, Sandbox, person, seeds};

/// The last page of a sign-in at this site, for which these fields were filled in.
#[track_caller]
fn last_page(sandbox: &Sandbox, site: &str, fields: &[(&str, &str)]) -> String {
    let (desk, browser) = desk(sandbox);
    let mut page = String::new();
    let login = while_it_runs(
        || desk.helper(&["login", site, "--web"], ""),
        || {
            let visitor = Visitor::at(&browser.opened());
            let form = visitor.token();
            page = visitor.sends(&[&[("form", form.as_str()), ("press", "go")], fields].concat()).text;
        },
    );
    login.succeeds();
    page
}

#[test]
fn it_says_who_is_signed_in_and_where_that_is_kept() {
    let fields = [("token", seeds::API_TOKEN), ("email", seeds::ALICE_EMAIL)];
    let page = last_page(&Sandbox::start(), "bitbucket.org", &fields);
    assert!(page.contains("<bdi>bitbucket.org</bdi></strong> as <strong><bdi>alice</bdi>"), "{page}");
    assert!(page.contains("<ul class=\"notes\"><li>Kept in a file only you can read.</li></ul>"), "{page}");
}

#[test]
fn it_says_what_a_token_cannot_do_and_what_was_not_checked() {
    let sandbox = Sandbox::start();
    let fields = [("token", seeds::API_TOKEN_READ_ONLY), ("email", seeds::ALICE_EMAIL)];
    let page = last_page(&sandbox, "bitbucket.org", &fields);
    assert!(page.contains("This token cannot push") && !page.contains("Not checked"), "{page}");
    sandbox.fault(Fault::at("api.bitbucket.org", "/").status(503));
    let page = last_page(&sandbox, "bitbucket.org", &fields);
    assert!(page.contains("Not checked: ") && page.contains("git will tell whether it works"), "{page}");
}

#[test]
fn it_names_the_kind_of_a_token_that_is_nobodys() {
    let page = last_page(&Sandbox::start(), "bitbucket.org", &[("token", seeds::REPO_TOKEN)]);
    assert!(page.contains("by this access token"), "{page}");
}

#[test]
fn it_says_until_when_the_token_lasts_that_took_a_passwords_place() {
    let fields =
        [("way", "password"), ("username", seeds::ALICE), ("password", seeds::DC_ALICE_PASSWORD), ("trade", "on")];
    let sandbox = Sandbox::start();
    let policy = TokenPolicy { max_days: Some(90), endless: Endless::GetsTheMost, most: None };
    sandbox.data_center(seeds::CORP, |corp| corp.directory.token_policy = policy);
    let page = last_page(&sandbox, seeds::CORP, &fields);
    assert!(page.contains("Git has an HTTP access token of its own until 2"), "{page}");
    assert!(page.contains("the password is not kept") && !page.contains("his token cannot"), "{page}");
}

#[test]
fn where_a_terminal_says_why_it_failed_the_page_leads_there() {
    let sandbox = Sandbox::start();
    let (desk, browser) = Browser::of(Desk::at(&sandbox).with_clients(&sandbox));
    let refusal = Fault::at("bitbucket.org", "/site/oauth2/access_token").status(400);
    sandbox.fault(refusal.body(r#"{"error":"invalid_grant"}"#));
    let mut terminal = Terminal::new();
    let login = terminal.watches(&desk, &["login", "--web"]);
    let page = person::consents(&sandbox, &browser.opened()).expect("the person comes back");
    assert!(page.body.contains("Your terminal"), "{}", page.body);
    terminal.shows("did not accept");
    assert!(!login.wait_with_output().expect("it ends").status.success());
}

#[test]
fn three_wrong_answers_are_enough() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let mut pages = Vec::new();
    let login = while_it_runs(
        || desk.helper(&["login", "--web"], ""),
        || {
            let visitor = Visitor::at(&browser.opened());
            let mut form = Some(visitor.token());
            for number in 1..=4 {
                let Some(token) = form.take() else { break };
                let wrong = format!("ATATT3x-canary-wrong-{number}");
                let fields =
                    [("form", token.as_str()), ("token", &wrong), ("email", seeds::ALICE_EMAIL), ("press", "go")];
                let page = visitor.sends(&fields).text;
                form = page.contains("name=\"form\"").then(|| super::token_in(&page));
                pages.push(page);
            }
        },
    );
    assert!(login.fails().err.contains("does not accept this API token"));
    assert_eq!(pages.len(), 3);
    assert!(pages.iter().all(|page| page.contains("does not accept this API token")));
}
