//! Signing in with the browser: the way there, the way back, and everything that tries to come in between.

use crate::stage::chromium::Chromium;
use crate::stage::{Browser, Desk, Visitor, gits};
use bitbucket_sandbox::cloud::Cloud;
use bitbucket_sandbox::{Fault, Sandbox, person, seeds};
use rustix::process::{Pid, Signal, kill_process};
use std::net::TcpListener;
use std::time::{Duration, Instant};

const APP: &str = "https://bitbucket.org/acme/app.git";
const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";

/// A desk with a browser, at a Cloud and a Data Center where a client of ours is registered.
fn desk(sandbox: &Sandbox) -> (Desk, Browser) {
    Browser::of(Desk::at(sandbox).with_clients(sandbox))
}

#[test]
fn a_clone_opens_the_browser_once_and_ends_on_a_page_that_names_the_account() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let (desk, browser) = desk(&sandbox);
        let desk = desk.with_git(&git);
        let (clone, page) = browser.consents(&sandbox, || desk.git(&["clone", APP, "one"]));
        clone.succeeds();
        assert_eq!(page.status, 200);
        assert!(page.body.contains("alice") && page.body.contains("bitbucket.org"), "{}", page.body);
        desk.git(&["clone", APP, "two"]).succeeds();
        assert!(browser.rests());
        assert_eq!(sandbox.cloud(|cloud| cloud.oauth.counts(seeds::ALICE).exchanges), 1);
    }
}

#[test]
fn a_data_center_signs_in_with_the_browser_under_its_own_redirect_address() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    desk.signs_in_by_browser(&browser, &sandbox, seeds::CODE);
    let address = format!("{}/scm/{}.git", seeds::CODE, seeds::DC_APP);
    desk.git(&["clone", &address, "one"]).succeeds();
    let accounts = desk.helper(&["accounts"], "").succeeds();
    assert!(accounts.out.contains("alice  browser sign-in"), "{}", accounts.out);
}

#[test]
fn the_code_goes_with_its_verifier_to_the_server_that_gave_it_and_to_no_other() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    desk.signs_in_by_browser(&browser, &sandbox, "bitbucket.org");
    let told: Vec<_> = sandbox.requests().into_iter().filter(|seen| seen.carries("code_verifier")).collect();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].host.as_str(), told[0].target.as_str()), ("bitbucket.org", "/site/oauth2/access_token"));
}

#[test]
fn whoever_the_browser_is_signed_in_as_is_compared_with_whom_git_wants() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    sandbox.browser_user(seeds::BOB);
    let (login, page) = browser.consents(&sandbox, || desk.helper(&["login", "--web", "--username", seeds::ALICE], ""));
    let login = login.fails();
    assert!(login.err.contains("knows this as bob, not as alice"), "{}", login.err);
    assert!(page.body.contains("another account") && page.body.contains("bob"), "{}", page.body);
    assert_eq!(desk.get(CLOUD).value("password"), Some(seeds::API_TOKEN));
    let accounts = desk.helper(&["accounts"], "").succeeds();
    assert!(!accounts.out.contains("bob"), "{}", accounts.out);
}

#[test]
fn a_person_who_says_no_ends_the_command_and_is_not_asked_again() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let clone = std::thread::scope(|scope| {
        let running = scope.spawn(|| desk.git(&["clone", APP, "one"]));
        let page = person::denies(&sandbox, &browser.led_to_the_site()).expect("comes back");
        assert_eq!(page.status, 200);
        running.join().expect("it ends")
    });
    let clone = clone.fails();
    assert!(clone.err.contains("was not allowed"), "{}", clone.err);
    assert!(!clone.err.contains("Username for"), "{}", clone.err);
    assert!(browser.rests());
}

#[test]
fn forged_visits_and_curious_browsers_do_not_end_a_sign_in() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let login = std::thread::scope(|scope| {
        let running = scope.spawn(|| desk.helper(&["login", "--web"], ""));
        let url = browser.opened();
        let place = redirect_of(&url);
        for forged in ["?error=access_denied", "?code=evil&state=guessed", "?code=evil", ""] {
            let page = person::opens(&sandbox, &format!("{place}{forged}")).expect("answered");
            assert!((400..500).contains(&page.status), "{forged}: {}", page.status);
        }
        let icon = place.replacen("/cloud", "/favicon.ico", 1);
        assert!((400..500).contains(&person::opens(&sandbox, &icon).expect("answered").status));
        person::consents(&sandbox, &url).expect("the person comes back");
        running.join().expect("it ends")
    });
    login.succeeds();
}

/// Where the browser is to be sent back to, without a query.
fn redirect_of(url: &str) -> String {
    let query = url.split_once('?').expect("a query").1;
    let value = query.split('&').find_map(|pair| pair.strip_prefix("redirect_uri=")).expect("a redirect address");
    value.replace("%3A", ":").replace("%2F", "/")
}

#[test]
fn an_answer_for_one_server_is_none_for_another() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let login = std::thread::scope(|scope| {
        let running = scope.spawn(|| desk.helper(&["login", "--web"], ""));
        let url = browser.opened();
        let other = redirect_of(&url).replacen("/cloud", "/git.corp.example", 1);
        let page = person::opens(&sandbox, &format!("{other}?code=c&state=s")).expect("answered");
        assert_eq!(page.status, 404);
        person::consents(&sandbox, &url).expect("the person comes back");
        running.join().expect("it ends")
    });
    login.succeeds();
}

#[test]
fn a_sign_in_for_reading_asks_for_no_permission_to_push() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let (login, _) = browser.consents(&sandbox, || desk.helper(&["login", "--web", "--read-only"], ""));
    login.succeeds();
    let asked = sandbox.requests().into_iter().find(|seen| seen.target.contains("/authorize?")).expect("asked");
    assert!(asked.target.ends_with("scope=account%20repository"), "{}", asked.target);
}

#[test]
fn where_no_client_is_known_a_token_does_and_the_way_to_a_client_is_named() {
    let sandbox = Sandbox::start();
    for (site, answers) in [
        ("bitbucket.org", [("Token for", seeds::API_TOKEN), ("E-mail", seeds::ALICE_EMAIL)]),
        (seeds::CORP, [("password for", seeds::HTTP_TOKEN), ("x", "x")]),
    ] {
        let desk = Desk::at(&sandbox).person_says(&answers);
        let login = desk.helper(&["login", site, "--web"], "").succeeds();
        assert!(login.err.contains("no OAuth client is known"), "{}", login.err);
        assert!(login.err.contains("configure"), "{}", login.err);
    }
}

#[test]
fn who_has_a_client_and_a_browser_is_led_there_and_who_has_no_browser_is_asked() {
    let sandbox = Sandbox::start();
    let answers = [("Token for", seeds::API_TOKEN), ("E-mail", seeds::ALICE_EMAIL)];
    let (desk, browser) = desk(&sandbox);
    let desk = desk.person_says(&answers);
    let (clone, _) = browser.consents(&sandbox, || desk.git(&["clone", APP, "one"]));
    clone.succeeds();
    assert!(desk.asked().is_empty(), "{:?}", desk.asked());
    let desk = Desk::at(&sandbox).with_clients(&sandbox).person_says(&answers);
    desk.git(&["clone", APP, "one"]).succeeds();
    assert_eq!(desk.asked().len(), 2, "{:?}", desk.asked());
    // without a client the browser is of no use, which is no news to whoever did not ask for it
    let (desk, browser) = Browser::of(Desk::at(&sandbox));
    let desk = desk.person_says(&answers);
    let clone = desk.git(&["clone", APP, "one"]).succeeds();
    assert!(desk.asked().len() == 2 && browser.rests(), "{:?}", desk.asked());
    assert!(!clone.err.contains("no OAuth client is known"), "{}", clone.err);
}

#[test]
fn who_came_by_the_browser_is_led_there_again_and_who_came_by_a_token_is_asked_which_way() {
    let sandbox = Sandbox::start();
    let alice = format!("{CLOUD}username=alice\n");
    let comes_back = |browser: &Browser, helper: std::process::Child, way: &str| {
        let opened = browser.opened();
        assert!(opened.starts_with(way), "{opened}");
        let site = if way.starts_with("https") { opened } else { Visitor::at(&opened).goes_on_at_the_site() };
        person::consents(&sandbox, &site).expect("the person comes back");
        let output = helper.wait_with_output().expect("it ends");
        assert!(String::from_utf8_lossy(&output.stdout).contains("password="));
    };
    let (first, browser) = desk(&sandbox);
    sandbox.set_expires_in(200);
    first.signs_in_by_browser(&browser, &sandbox, "bitbucket.org");
    sandbox.cloud(|cloud| cloud.oauth.revoke_all_refresh_tokens(seeds::ALICE));
    sandbox.revoke_all_access_tokens(seeds::ALICE);
    comes_back(&browser, first.starts(&["get"], &alice), "https://bitbucket.org/site/oauth2/authorize?");
    let (desk, browser) = desk(&sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN_READ_ONLY).succeeds();
    desk.helper(&["erase"], format!("{CLOUD}{}", desk.get(&alice).out)).succeeds();
    sandbox.revoke(seeds::API_TOKEN_READ_ONLY);
    comes_back(&browser, desk.starts(&["get"], &alice), "http://127.0.0.1:");
}

#[test]
fn a_helper_that_nobody_listens_to_any_more_ends_although_its_caller_lives_on() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let mut helper = desk.starts(&["get"], CLOUD);
    browser.led_to_the_site();
    drop(helper.stdout.take());
    let closed = Instant::now();
    helper.wait().expect("it ends");
    assert!(closed.elapsed() < Duration::from_secs(10), "{:?}", closed.elapsed());
}

#[test]
fn a_server_that_does_not_say_what_it_granted_granted_what_was_asked_for() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let now = sandbox.now();
    let client = sandbox.cloud(|cloud| cloud.oauth.clients.last().expect("the story's client").id.clone());
    let scopes = ["account", "repository:write"];
    let (access, refresh) = sandbox.cloud(|cloud| cloud.oauth.grant(&client, seeds::ALICE, &scopes, now));
    let said =
        format!(r#"{{"access_token":"{access}","token_type":"bearer","expires_in":7200,"refresh_token":"{refresh}"}}"#);
    sandbox.fault(
        Fault::at("bitbucket.org", "/site/oauth2/access_token")
            .status(200)
            .header("Content-Type", "application/json")
            .body(&said),
    );
    let (login, _) = browser.consents(&sandbox, || desk.helper(&["login", "--web"], ""));
    let login = login.succeeds();
    assert!(!login.err.contains("did not grant") && !login.err.contains("more than was asked"), "{}", login.err);
}

#[test]
fn a_git_that_ends_takes_the_waiting_helper_and_its_port_along() {
    // the transport below a git that is killed lives on, and waits for our answer
    for (arguments, signal) in [
        (&["clone", APP, "one"][..], Signal::TERM),
        (&["clone", APP, "one"], Signal::INT),
        (&["clone", APP, "one"], Signal::KILL),
        (&["credential", "fill"], Signal::KILL),
    ] {
        let sandbox = Sandbox::start();
        let (desk, browser) = desk(&sandbox);
        let mut git = desk.starts_git(arguments, CLOUD);
        let place = redirect_of(&browser.led_to_the_site());
        let address = place.trim_start_matches("http://").split('/').next().expect("a host").to_owned();
        kill_process(Pid::from_child(&git), signal).expect("told");
        git.wait().expect("ended");
        let ended = Instant::now();
        while TcpListener::bind(&address).is_err() {
            assert!(ended.elapsed() < Duration::from_secs(2), "the port is still taken after {signal:?}");
        }
    }
}

#[test]
fn the_cloud_of_2019_keeps_a_password_that_works_and_nothing_that_does_not() {
    let sandbox = Sandbox::start();
    sandbox.cloud(Cloud::classic);
    let (desk, browser) = desk(&sandbox);
    desk.signs_in("bitbucket.org", &["--password", "--username", seeds::ALICE], "wrong").fails();
    let desk = desk.with("GIT_TERMINAL_PROMPT", "0");
    assert_eq!(desk.get(CLOUD).value("password"), None);
    desk.signs_in("bitbucket.org", &["--password", "--username", seeds::ALICE], seeds::ALICE_PASSWORD).succeeds();
    let answer = desk.get(CLOUD).succeeds();
    assert_eq!((answer.value("username"), answer.value("password")), (Some("alice"), Some(seeds::ALICE_PASSWORD)));
    assert!(browser.rests());
}

/// The Cloud that answered a password with 403 where its owner had a second factor.
fn two_factor_of_2019() -> Sandbox {
    let sandbox = Sandbox::start();
    sandbox.cloud(|cloud| {
        cloud.classic();
        cloud.user_mut(seeds::ALICE).expect("seeded").two_factor = true;
    });
    sandbox
}

#[test]
fn two_step_verification_of_2019_leads_straight_to_the_browser() {
    let sandbox = two_factor_of_2019();
    let (desk, browser) = desk(&sandbox);
    desk.configure("[bitbucket]\n\tsignIn = password\n");
    let desk = desk.person_says(&[("Password", seeds::ALICE_PASSWORD), ("Username", seeds::ALICE)]);
    let (clone, _) = browser.consents(&sandbox, || desk.git(&["clone", APP, "one"]));
    clone.succeeds();
    let accounts = desk.helper(&["accounts"], "").succeeds();
    assert!(accounts.out.contains("alice  browser sign-in"), "{}", accounts.out);
    desk.git(&["clone", APP, "two"]).succeeds();
    assert!(browser.rests());
}

#[test]
fn two_step_verification_of_2019_sends_nobody_to_make_a_token_that_the_cloud_did_not_know() {
    let sandbox = two_factor_of_2019();
    let desk = Desk::at(&sandbox);
    desk.configure("[bitbucket]\n\tsignIn = password\n");
    let login = desk.signs_in("bitbucket.org", &["--username", seeds::ALICE], seeds::ALICE_PASSWORD).fails();
    assert!(login.err.contains("second factor") && !login.err.contains("Make an API token"), "{}", login.err);
}

#[test]
fn a_sign_in_that_is_due_is_refreshed_once_however_many_ask_for_its_state() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    sandbox.set_expires_in(200);
    desk.signs_in_by_browser(&browser, &sandbox, "bitbucket.org");
    sandbox.set_expires_in(7200);
    sandbox.fault(Fault::at("bitbucket.org", "/site/oauth2/access_token").delay(Duration::from_secs(1)));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| desk.helper(&["status"], "").succeeds());
        }
    });
    assert_eq!(sandbox.cloud(|cloud| cloud.oauth.counts(seeds::ALICE).refreshes), 1);
}

#[test]
fn what_the_server_grants_beside_or_below_what_was_asked_is_said() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let grants = |scopes: &[&str]| {
        sandbox.cloud(|cloud| {
            let client = cloud.oauth.clients.last_mut().expect("the story's client");
            client.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            cloud.oauth.settings.checks_scopes = false;
        });
        browser.consents(&sandbox, || desk.helper(&["login", "--web"], "")).0.succeeds().err
    };
    let more = grants(&["account", "repository", "repository:write", "pullrequest:write"]);
    assert!(more.contains("more than was asked for: pullrequest:write."), "{more}");
    let less = grants(&["account", "repository"]);
    assert!(less.contains("did not grant repository:write"), "{less}");
}

#[test]
fn a_real_browser_clicks_the_consent_and_ends_on_our_page() {
    let sandbox = Sandbox::start();
    let Some(chromium) = Chromium::start(Some(&sandbox.proxy_url())) else { return };
    let (desk, browser) = desk(&sandbox);
    let clone = std::thread::scope(|scope| {
        let running = scope.spawn(|| desk.git(&["clone", APP, "one"]));
        chromium.open(&browser.opened());
        chromium.click("button[value=browser]");
        chromium.shows("Grant access to Git?");
        chromium.click("button.yes");
        chromium.shows("You are signed in");
        chromium.shows("alice");
        running.join().expect("it ends")
    });
    clone.succeeds();
}

#[test]
fn a_logout_says_where_the_grant_is_taken_back() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    desk.signs_in_by_browser(&browser, &sandbox, "bitbucket.org");
    let logout = desk.helper(&["logout"], "").succeeds();
    assert!(logout.err.contains("app-authorizations"), "{}", logout.err);
    desk.with("GIT_TERMINAL_PROMPT", "0").get(CLOUD).misses_saying("login");
}

#[test]
fn status_refreshes_a_sign_in_that_is_due_and_says_that_it_is_well() {
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    sandbox.set_expires_in(200);
    desk.signs_in_by_browser(&browser, &sandbox, "bitbucket.org");
    sandbox.set_expires_in(7200);
    let status = desk.helper(&["status"], "").succeeds();
    assert!(status.out.contains("accepted as alice, expires in "), "{}", status.out);
}
