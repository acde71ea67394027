//! OAuth clients: made known once, their secret kept away from git config, and signed in for themselves on machines.

use crate::stage::{Browser, Desk};
use bitbucket_sandbox::{Fault, Sandbox, seeds};
use std::net::TcpListener;

const APP: &str = "https://bitbucket.org/acme/app.git";
const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";

/// Makes a client known, with its secret on stdin.
fn configure(desk: &Desk, arguments: &[&str], secret: &str) -> String {
    let all: Vec<&str> = ["configure"].iter().chain(arguments).copied().collect();
    desk.helper(&all, secret).succeeds().err
}

fn git_config(desk: &Desk) -> String {
    std::fs::read_to_string(desk.home().join(".gitconfig")).expect("a git config")
}

#[test]
fn a_consumer_with_a_secret_signs_in_and_the_secret_is_in_no_config() {
    let sandbox = Sandbox::start();
    let (desk, browser) = Browser::of(Desk::at(&sandbox));
    let said = configure(&desk, &["--oauth-client", seeds::CONSUMER_ID, "--with-secret"], seeds::CONSUMER_SECRET);
    assert!(said.contains("http://127.0.0.1/") && said.contains("login bitbucket.org --web"), "{said}");
    assert!(git_config(&desk).contains(seeds::CONSUMER_ID) && !git_config(&desk).contains(seeds::CONSUMER_SECRET));
    desk.signs_in_by_browser(&browser, &sandbox, "bitbucket.org");
    desk.git(&["clone", APP, "one"]).succeeds();
}

#[test]
fn a_wrong_secret_of_a_client_is_told_apart_from_a_sign_in_that_ended() {
    let sandbox = Sandbox::start();
    let (desk, browser) = Browser::of(Desk::at(&sandbox));
    configure(&desk, &["--oauth-client", seeds::CONSUMER_ID, "--with-secret"], "wrong");
    let (login, page) = browser.consents(&sandbox, || desk.helper(&["login", "--web"], ""));
    let login = login.fails();
    assert!(login.err.contains("does not accept our OAuth client"), "{}", login.err);
    assert!(login.err.contains("configure --site bitbucket.org --oauth-client"), "{}", login.err);
    assert!(page.body.contains("does not accept our OAuth client"), "{}", page.body);
}

#[test]
fn an_incoming_link_is_answered_at_exactly_the_address_that_is_registered() {
    let sandbox = Sandbox::start();
    let (desk, browser) = Browser::of(Desk::at(&sandbox));
    let port = free_port();
    let redirect = format!("http://127.0.0.1:{port}/callback");
    let key = format!("bitbucket.{}.oauthRedirectUri", seeds::CORP);
    desk.git(&["config", "--global", &key, &redirect]).succeeds();
    sandbox.data_center(seeds::CORP, |corp| {
        corp.directory.oauth.clients.iter_mut().for_each(|client| client.callback.clone_from(&redirect));
    });
    for (client, options, secret) in
        [(seeds::LINK_ID, &["--with-secret"][..], seeds::LINK_SECRET), (seeds::PUBLIC_LINK_ID, &["--no-secret"], "")]
    {
        let all = [&["--site", seeds::CORP, "--oauth-client", client], options].concat();
        let said = configure(&desk, &all, secret);
        assert!(said.contains(&redirect), "{said}");
        desk.signs_in_by_browser(&browser, &sandbox, seeds::CORP);
    }
}

/// A port that nobody has now; the tests of one run take theirs from the system, so none of them gets it soon.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

#[test]
fn a_taken_port_is_an_error_with_a_remedy_and_no_browser_is_opened() {
    let sandbox = Sandbox::start();
    let (desk, browser) = Browser::of(Desk::at(&sandbox));
    configure(&desk, &["--oauth-client", seeds::CONSUMER_ID, "--with-secret"], seeds::CONSUMER_SECRET);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let redirect = format!("http://127.0.0.1:{}/", taken.local_addr().expect("an address").port());
    desk.git(&["config", "--global", "bitbucket.https://bitbucket.org.oauthRedirectUri", &redirect]).succeeds();
    let login = desk.helper(&["login", "--web"], "").fails();
    assert!(login.err.contains("port") && login.err.contains("hint: "), "{}", login.err);
    assert!(browser.rests());
}

#[test]
fn a_client_signs_in_for_itself_and_gets_new_tokens_without_a_person() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).with("CI", "true");
    configure(&desk, &["--oauth-client", seeds::CONSUMER_ID, "--with-secret"], seeds::CONSUMER_SECRET);
    sandbox.set_expires_in(200);
    desk.helper(&["login", "--client"], "").succeeds();
    sandbox.set_expires_in(7200);
    sandbox.clear_log();
    desk.git(&["clone", APP, "one"]).succeeds();
    desk.git(&["clone", APP, "two"]).succeeds();
    let granted = |seen: &bitbucket_sandbox::Seen| seen.target == "/site/oauth2/access_token";
    assert_eq!(sandbox.requests().iter().filter(|seen| granted(seen)).count(), 1, "kept for its life");
    let answer = desk.get(CLOUD).succeeds();
    assert_eq!((answer.value("username"), answer.value("oauth_refresh_token")), (Some("x-token-auth"), None));
    let accounts = desk.helper(&["accounts"], "").succeeds();
    assert!(accounts.out.contains(&format!("client {}", seeds::CONSUMER_ID)), "{}", accounts.out);
}

#[test]
fn a_client_without_its_secret_cannot_sign_in_for_itself() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    let missing = desk.helper(&["login", "--client"], "").fails();
    assert!(missing.err.contains("no OAuth client is known"), "{}", missing.err);
    configure(&desk, &["--oauth-client", seeds::CONSUMER_ID, "--no-secret"], "");
    let refused = desk.helper(&["login", "--client"], "").fails();
    assert!(refused.err.contains("does not accept our OAuth client"), "{}", refused.err);
}

#[test]
fn what_configure_wrote_of_a_client_goes_with_unconfigure() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    let before = git_config(&desk);
    desk.helper(&["configure"], "").succeeds();
    configure(&desk, &["--oauth-client", seeds::CONSUMER_ID, "--with-secret"], seeds::CONSUMER_SECRET);
    desk.helper(&["unconfigure"], "").succeeds();
    assert_eq!(git_config(&desk).trim_end(), before.trim_end());
    let records = std::fs::read_dir(desk.data().join("records")).expect("a folder").count();
    assert_eq!(records, 0, "its secret is gone too");
}

#[test]
fn a_refresh_token_that_a_client_by_itself_has_no_use_for_is_not_kept() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    configure(&desk, &["--oauth-client", seeds::CONSUMER_ID, "--with-secret"], seeds::CONSUMER_SECRET);
    let said = r#"{"access_token":"canary-of-the-client","token_type":"bearer","expires_in":7200,"refresh_token":"canary-in-excess"}"#;
    let answer = Fault::at("bitbucket.org", "/site/oauth2/access_token").status(200);
    sandbox.fault(answer.header("Content-Type", "application/json").body(said));
    desk.helper(&["login", "--client"], "").succeeds();
    let records = || {
        let files = std::fs::read_dir(desk.data().join("records")).expect("a folder");
        files.map(|file| std::fs::read_to_string(file.expect("one").path()).expect("text")).collect::<String>()
    };
    assert_eq!(desk.get(CLOUD).value("password"), Some("canary-of-the-client"));
    assert!(records().contains("canary-of-the-client") && !records().contains("canary-in-excess"));
}
