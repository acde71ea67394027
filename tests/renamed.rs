//! A person is called otherwise on the server: recognised when the server is asked, explained, and nothing is lost.

use crate::accounts::{CLOUD, address, two_accounts, users};
use crate::stage::{Browser, Desk, gits};
use bitbucket_sandbox::{Sandbox, seeds};

fn is_settled(desk: &Desk, sandbox: &Sandbox) {
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert!(accounts.contains("* alicia") && accounts.contains("for acme: alicia\n"), "{accounts}");
    assert!(!accounts.contains("alice "), "{accounts}");
    sandbox.clear_log();
    desk.git(&["clone", &address(seeds::APP), "later"]).succeeds();
    // the address that Bitbucket's page gave before has the old name in it
    desk.git(&["clone", "https://alice@bitbucket.org/acme/lib.git", "older"]).succeeds();
    assert!(sandbox.api_requests().is_empty());
}

fn renamed(sandbox: &Sandbox) -> Desk {
    let desk = two_accounts(sandbox).with("GIT_TERMINAL_PROMPT", "0");
    desk.helper(&["switch", "alice"], "").succeeds();
    desk.helper(&["switch", "alice", "--for", "acme"], "").succeeds();
    sandbox.cloud(|cloud| cloud.rename_user("alice", "alicia"));
    desk
}

const SAID: &str = "bitbucket.org knows alice as alicia now; what was chosen for alice holds for alicia";

#[test]
fn git_meets_it_and_goes_on_under_the_new_name() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = renamed(&sandbox).with_git(&git);
        let mut clone = desk.git(&["clone", &address(seeds::APP), "app"]);
        // before git 2.46 a refusal ends the command; the next one knows
        if clone.code != 0 {
            clone = desk.git(&["clone", &address(seeds::APP), "app"]);
        }
        assert!(clone.err.contains(SAID), "{}", clone.err);
        clone.succeeds();
        is_settled(&desk, &sandbox);
    }
}

#[test]
fn within_one_command_where_git_asks_again() {
    let newest = gits().pop().expect("a git");
    let sandbox = Sandbox::start();
    let desk = renamed(&sandbox).with_git(&newest);
    if desk.git(&["--version"]).out.contains("2.39") {
        eprintln!("skipped: no git of 2.46 or later");
        return;
    }
    desk.git(&["clone", &address(seeds::APP), "app"]).succeeds();
    assert_eq!(users(&sandbox, seeds::APP), ["alicia"]);
}

#[test]
fn status_meets_it() {
    let sandbox = Sandbox::start();
    let desk = renamed(&sandbox);
    let status = desk.helper(&["status"], "").succeeds();
    assert!(status.err.contains(SAID), "{}", status.err);
    is_settled(&desk, &sandbox);
}

#[test]
fn a_new_sign_in_with_the_same_e_mail_meets_it() {
    let sandbox = Sandbox::start();
    let desk = renamed(&sandbox);
    let login = desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN_GIT_ONLY);
    // this token may not see the profile, so nobody knows its owner's name
    assert!(!login.succeeds().err.contains("alicia"));
    let login = desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    assert!(login.err.contains(SAID), "{}", login.err);
    is_settled(&desk, &sandbox);
    let records = std::fs::read_dir(desk.data().join("records")).expect("a folder").count();
    assert_eq!(records, 2, "one for each person");
}

#[test]
fn a_data_centers_token_follows_its_owner() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = Desk::at(&sandbox).with_git(&git).with("GIT_TERMINAL_PROMPT", "0");
        desk.signs_in(seeds::CORP, &[], seeds::HTTP_TOKEN).succeeds();
        desk.signs_in(seeds::CORP, &[], seeds::HTTP_TOKEN_CAROL).succeeds();
        desk.helper(&["configure"], "").succeeds();
        desk.helper(&["switch", seeds::CORP, "alice", "--for", "PRJ"], "").succeeds();
        sandbox.data_center(seeds::CORP, |site| site.directory.rename("alice", "alicia"));
        let app = format!("{}/scm/prj/app.git", seeds::CORP);
        let mut clone = desk.git(&["clone", &app, "app"]);
        if clone.code != 0 {
            clone = desk.git(&["clone", &app, "app"]);
        }
        assert!(clone.err.contains("git.corp.example knows alice as alicia now"), "{}", clone.err);
        clone.succeeds();
        let accounts = desk.helper(&["accounts"], "").succeeds().out;
        assert!(accounts.contains("for PRJ: alicia\n"), "{accounts}");
        let failures = sandbox.data_center(seeds::CORP, |site| site.directory.failures.of("alice").in_a_row);
        assert!(failures <= 1, "{failures} failed sign-ins");
    }
}

#[test]
fn a_browser_sign_in_follows_its_owner_and_keeps_its_refresh_token() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let (desk, browser) = Browser::of(Desk::at(&sandbox).with_clients(&sandbox).with_git(&git));
        desk.signs_in_by_browser(&browser, &sandbox, "bitbucket.org");
        sandbox.cloud(|cloud| cloud.rename_user("alice", "alicia"));
        let mut clone = desk.git(&["clone", &address(seeds::APP), "app"]);
        if clone.code != 0 {
            clone = desk.git(&["clone", &address(seeds::APP), "app"]);
        }
        assert!(clone.err.contains(SAID), "{}", clone.err);
        clone.succeeds();
        sandbox.revoke_all_access_tokens("alicia");
        let fetch = desk.git(&["-C", "app", "fetch"]);
        if fetch.code != 0 {
            desk.git(&["-C", "app", "fetch"]).succeeds();
        }
        assert!(browser.rests() && desk.helper(&["accounts"], "").succeeds().out.contains("* alicia  browser sign-in"));
    }
}

#[test]
fn a_revoked_token_of_a_data_center_is_asked_about_once_and_given_up() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = Desk::at(&sandbox).with_git(&git).with("GIT_TERMINAL_PROMPT", "0");
        desk.signs_in(seeds::CORP, &[], seeds::HTTP_TOKEN).succeeds();
        sandbox.revoke(seeds::HTTP_TOKEN);
        for _ in 0..3 {
            desk.git(&["clone", &format!("{}/scm/prj/app.git", seeds::CORP), "app"]).fails();
        }
        let failures = sandbox.data_center(seeds::CORP, |site| site.directory.failures.of("alice").in_a_row);
        assert_eq!(failures, 1, "with {}", git.display());
        desk.get("protocol=https\nhost=git.corp.example\n").misses_saying("is not sent again");
    }
}

#[test]
fn a_name_that_somebody_else_took_over_means_somebody_else() {
    let sandbox = Sandbox::start();
    let desk = renamed(&sandbox);
    desk.helper(&["status"], "").succeeds();
    sandbox.cloud(|cloud| cloud.rename_user("bob", "alice"));
    desk.signs_in("bitbucket.org", &["--username", seeds::BOB_EMAIL], seeds::API_TOKEN_BOB).succeeds();
    let secret = |name: &str| desk.get(format!("{CLOUD}username={name}\n")).value("password").map(str::to_owned);
    assert_eq!(secret("alice").as_deref(), Some(seeds::API_TOKEN_BOB));
    assert_eq!(secret("alicia").as_deref(), Some(seeds::API_TOKEN));
}

#[test]
fn a_token_of_somebody_else_is_explained_and_overwrites_nothing() {
    let sandbox = Sandbox::start();
    let desk = renamed(&sandbox);
    let login = desk.signs_in(seeds::CORP, &["--username", "alice"], seeds::HTTP_TOKEN_CAROL).fails();
    assert!(login.err.contains("knows this as carol@corp.example, not as alice"), "{}", login.err);
    assert!(login.err.contains("login git.corp.example --username carol@corp.example"), "{}", login.err);
}

#[test]
fn an_unchecked_sign_in_gets_its_name_when_the_server_is_well_again() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    sandbox.fault(bitbucket_sandbox::Fault::at("api.bitbucket.org", "/").status(503));
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL, "--for", "acme"], seeds::API_TOKEN).succeeds();
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert!(accounts.contains(&format!("for acme: {}\n", seeds::ALICE_EMAIL)), "{accounts}");
    sandbox.clear_faults();
    let status = desk.helper(&["status"], "").succeeds();
    assert!(status.err.contains("knows alice@acme.example as alice now"), "{}", status.err);
    assert!(desk.helper(&["accounts"], "").succeeds().out.contains("for acme: alice\n"));
    let answer = desk.get(CLOUD);
    assert_eq!(answer.value("password"), Some(seeds::API_TOKEN));
}

#[test]
fn whoever_is_here_under_the_new_name_already_keeps_the_secret_that_is_there() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    // typed at Git's own prompt, so that nothing tells whose e-mail it is
    let typed = format!("{CLOUD}username=alice\npassword={}\n", seeds::API_TOKEN);
    desk.helper(&["store"], &typed).succeeds();
    sandbox.fault(bitbucket_sandbox::Fault::at("api.bitbucket.org", "/").status(503));
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN_READ_ONLY).succeeds();
    sandbox.clear_faults();
    let status = desk.helper(&["status"], "");
    assert!(status.err.contains("knows alice@acme.example as alice now"), "{}", status.err);
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert!(!accounts.contains(seeds::ALICE_EMAIL), "{accounts}");
    assert_eq!(desk.get(CLOUD).value("password"), Some(seeds::API_TOKEN));
    let records = std::fs::read_dir(desk.data().join("records")).expect("a folder").count();
    assert_eq!(records, 1);
}

#[test]
fn what_belongs_to_no_person_keeps_its_name_whoever_the_server_says_it_is() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.signs_in(seeds::CORP, &["--for", "PRJ"], seeds::DC_PROJECT_TOKEN).succeeds();
    let client = ["configure", "--oauth-client", seeds::CONSUMER_ID, "--with-secret"];
    desk.helper(&client, seeds::CONSUMER_SECRET).succeeds();
    desk.helper(&["login", "--client"], "").succeeds();
    let names = || desk.helper(&["accounts"], "").succeeds().out;
    let before = names();
    assert!(before.contains("x-token-auth:PRJ") && before.contains("client "), "{before}");
    let status = desk.helper(&["status"], "").succeeds();
    assert!(
        status.out.contains("client sandboxConsumer001: browser sign-in, in a file only you can read; not checked"),
        "{}",
        status.out
    );
    assert!(!status.err.contains(" now; what was chosen"), "{}", status.err);
    assert_eq!(names(), before);
}
