//! What stands on the last page, for whoever reads no terminal.

use super::{Visitor, desk, token_in, while_it_runs};
use crate::stage::{Browser, Desk, HELPER, Terminal};
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

/// Answers with one wrong token after another until nothing is asked any more: what each answer is met with.
fn answers_wrong(visitor: &Visitor, press: &str) -> Vec<String> {
    let mut pages = Vec::new();
    let mut form = Some(visitor.token());
    while let Some(token) = form {
        let wrong = format!("ATATT3x-canary-wrong-{}", pages.len());
        let fields = [("form", &*token), ("token", &wrong), ("email", seeds::ALICE_EMAIL), ("press", press)];
        let page = visitor.sends(&fields).text;
        form = page.contains("name=\"form\"").then(|| token_in(&page));
        pages.push(page);
    }
    pages
}

#[test]
fn three_wrong_answers_are_enough() {
    let sandbox = Sandbox::start();
    // a server that wants a second factor whatever it is shown
    let fault = Fault::at("git.corp.example", "/rest").status(401).body("Two-step verification is required");
    sandbox.fault(fault);
    for (site, refusal) in [("bitbucket.org", "does not accept this API token"), (seeds::CORP, "wants a second factor")]
    {
        let (desk, browser) = desk(&sandbox);
        let mut pages = Vec::new();
        let login = while_it_runs(
            || desk.helper(&["login", site, "--web"], ""),
            || pages = answers_wrong(&Visitor::at(&browser.opened()), "go"),
        );
        assert!(login.fails().err.contains(refusal));
        assert_eq!(pages.len(), 3, "{site}");
        assert!(pages.iter().all(|page| page.contains(refusal)), "{pages:?}");
    }
}

#[test]
fn a_question_that_is_called_off_later_ends_it_too() {
    let sandbox = Sandbox::start();
    // nobody can tell whose token it is, so that is asked
    sandbox.fault(Fault::at("git.corp.example", "/").status(503));
    let (desk, browser) = desk(&sandbox);
    let login = while_it_runs(
        || desk.helper(&["login", seeds::CORP, "--web"], ""),
        || {
            let visitor = Visitor::at(&browser.opened());
            let form = visitor.token();
            let page = visitor.sends(&[("form", &form), ("token", seeds::HTTP_TOKEN), ("press", "go")]).text;
            assert!(page.contains("Username"), "{page}");
            let page = visitor.sends(&[("form", &token_in(&page)), ("press", "cancel")]).text;
            assert!(page.contains("Sign-in called off"), "{page}");
        },
    );
    assert!(login.fails().err.contains("cancelled"));
}

#[test]
fn a_command_asks_again_after_a_sign_in_that_failed_and_not_after_a_no() {
    let sandbox = Sandbox::start();
    for (press, times) in [("go", 2), ("cancel", 1)] {
        let (desk, browser) = desk(&sandbox);
        let twice = format!("for _ in 1 2; do printf 'protocol=https\\nhost=bitbucket.org\\n' | {HELPER} get; done");
        while_it_runs(
            || desk.shell(&twice),
            || (0..times).for_each(|_| drop(answers_wrong(&Visitor::at(&browser.opened()), press))),
        );
        assert!(browser.rests(), "{press}");
    }
}
