//! Tokens of a browser sign-in and of a client: the code exchanged, refreshed in time, early and for a helper in front.

use super::Kind::{Closed, Reset, S401, Slow, Stall};
use super::{CLOUD, CODE, Ends, FAILS, GIT_ANSWERS, GIT_MISSES, Row, Scene, doubted, ends, scene};
use crate::stage::{Browser, Desk};
use bitbucket_sandbox::{Fault, Sandbox, seeds};

const TOKENS: &str = "/site/oauth2/access_token";
const CODE_TOKENS: &str = "/bitbucket/rest/oauth2/latest/token";

fn before_a_browser(sandbox: &Sandbox) -> Scene<'_> {
    let (desk, browser) = Browser::of(Desk::at(sandbox).with_clients(sandbox));
    Scene { browser: Some(browser), ..scene(sandbox, desk) }
}

/// Alice, signed in there with the browser, which is closed since; her first access token is good for this many seconds.
fn alice(sandbox: &Sandbox, site: &'static str, seconds: u64) -> Desk {
    let Scene { desk, browser, .. } = before_a_browser(sandbox);
    sandbox.set_expires_in(seconds);
    desk.signs_in_by_browser(&browser.expect("one"), sandbox, site);
    sandbox.set_expires_in(7200);
    desk.without("BROWSER")
}

/// Alice, whose access token the server has refused: an answer for her needs a refresh.
fn refused(sandbox: &Sandbox, site: &'static str, lines: &str) -> Desk {
    rejected(sandbox, alice(sandbox, site, 7200), lines)
}

fn rejected(sandbox: &Sandbox, desk: Desk, lines: &str) -> Desk {
    let token = desk.get(lines).value("password").expect("a token").to_owned();
    assert!(sandbox.revoke(&token));
    doubted(desk, lines, &token)
}

const REFRESH: Row = Row {
    host: "bitbucket.org",
    path: TOKENS,
    method: Some("POST"),
    after: 0,
    most: 1,
    late: false,
    scene: |sandbox| scene(sandbox, refused(sandbox, "bitbucket.org", CLOUD)),
    run: |scene| scene.desk.in_time(&["get"], CLOUD),
    holds: |scene| scene.gives_some(CLOUD),
    mostly: GIT_MISSES,
    but: &[],
};

#[test]
fn a_refresh_in_get() {
    REFRESH.holds_under_every_fault();
}

/// A refusal under a 5xx, a refusal for now, a token that no header can carry.
#[test]
fn words_that_are_not_the_clear_one_end_no_sign_in() {
    let sandbox = Sandbox::start();
    let desk = refused(&sandbox, "bitbucket.org", CLOUD);
    for (status, body, words) in [
        (500, r#"{"error":"invalid_grant"}"#, "answered 500"),
        (400, r#"{"error":"temporarily_unavailable"}"#, "answered 400"),
        (200, r#"{"access_token":"a\nb","token_type":"bearer"}"#, "answered what Bitbucket does not say"),
    ] {
        sandbox.fault(Fault::at("bitbucket.org", TOKENS).status(status).body(body));
        let answer = desk.get(CLOUD);
        assert_eq!((answer.code, answer.out.as_str(), answer.err.lines().count()), (0, "", 2), "{answer:?}");
        assert!(answer.err.contains(words), "{}", answer.err);
        sandbox.clear_faults();
    }
    assert!(desk.get(CLOUD).value("password").is_some());
}

#[test]
fn a_refresh_in_get_at_a_data_center() {
    const ROW: Row = Row {
        host: "code.corp.example",
        path: CODE_TOKENS,
        scene: |sandbox| scene(sandbox, refused(sandbox, seeds::CODE, CODE)),
        run: |scene| scene.desk.in_time(&["get"], CODE),
        holds: |scene| scene.gives_some(CODE),
        // the server has rotated, and takes the token before no more
        but: &[(&[Closed, Reset, Stall, Slow], GIT_MISSES.loses())],
        ..REFRESH
    };
    ROW.holds_under_every_fault();
}

#[test]
fn a_refresh_for_a_script() {
    const ROW: Row = Row { run: |scene| scene.desk.in_time(&["token"], ""), mostly: FAILS, ..REFRESH };
    ROW.holds_under_every_fault();
}

#[test]
fn a_refresh_in_status() {
    const ROW: Row =
        Row { run: |scene| scene.desk.in_time(&["status"], ""), mostly: ends(Ends::Reports(1)), ..REFRESH };
    ROW.holds_under_every_fault();
}

#[test]
fn an_early_refresh_leaves_an_answer_that_is_good_still() {
    const ROW: Row =
        Row { scene: |sandbox| scene(sandbox, alice(sandbox, "bitbucket.org", 200)), mostly: GIT_ANSWERS, ..REFRESH };
    ROW.holds_under_every_fault();
}

#[test]
fn an_access_token_that_is_asked_about_before_it_is_refreshed() {
    const ROW: Row = Row { host: "api.bitbucket.org", path: "/2.0/user", method: None, mostly: GIT_ANSWERS, ..REFRESH };
    ROW.holds_under_every_fault();
}

#[test]
fn a_refresh_token_of_a_helper_in_front() {
    fn handed(scene: &Scene<'_>) -> String {
        let token = std::fs::read_to_string(scene.desk.home().join("secret")).expect("kept by the helper in front");
        format!("{CLOUD}username=alice\noauth_refresh_token={token}\n")
    }
    const ROW: Row = Row {
        scene: |sandbox| {
            let desk = Desk::at(sandbox).with_clients(sandbox).with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "none");
            let now = sandbox.now();
            let token = sandbox.cloud(|cloud| cloud.oauth.grant("storyClient", seeds::ALICE, &["repository"], now)).1;
            std::fs::write(desk.home().join("secret"), token).expect("kept");
            scene(sandbox, desk)
        },
        run: |scene| scene.desk.in_time(&["get"], handed(scene)),
        holds: |scene| scene.gives_some(&handed(scene)),
        ..REFRESH
    };
    ROW.holds_under_every_fault();
}

/// A desk that knows a client with its secret.
fn client(sandbox: &Sandbox) -> Desk {
    let desk = Desk::at(sandbox);
    let configure = ["configure", "--oauth-client", seeds::CONSUMER_ID, "--with-secret"];
    desk.helper(&configure, seeds::CONSUMER_SECRET).succeeds();
    desk
}

#[test]
fn a_client_that_signs_in_for_itself() {
    const ROW: Row = Row {
        scene: |sandbox| scene(sandbox, client(sandbox)),
        run: |scene| scene.desk.in_time(&["login", "--client"], ""),
        // its secret is what must survive
        holds: |scene| scene.desk.helper(&["login", "--client"], "").code == 0,
        mostly: FAILS,
        ..REFRESH
    };
    ROW.holds_under_every_fault();
}

#[test]
fn a_client_that_gets_its_next_token() {
    const ROW: Row = Row {
        scene: |sandbox| {
            let desk = client(sandbox);
            desk.helper(&["login", "--client"], "").succeeds();
            scene(sandbox, rejected(sandbox, desk, CLOUD))
        },
        ..REFRESH
    };
    ROW.holds_under_every_fault();
}

const EXCHANGE: Row = Row {
    // the person in the browser has met what is wrong at the door
    late: true,
    scene: before_a_browser,
    run: |scene| {
        let browser = scene.browser.as_ref().expect("one");
        let desk = &scene.desk;
        let login = || desk.in_time(&["login", "bitbucket.org", "--web"], "");
        browser.consents(scene.sandbox, login).0
    },
    holds: |scene| scene.desk.helper(&["accounts"], "").out.contains("alice"),
    mostly: FAILS.loses(),
    ..REFRESH
};

#[test]
fn a_code_that_the_browser_brought() {
    EXCHANGE.holds_under_every_fault();
}

const PROFILE: Row = Row {
    host: "api.bitbucket.org",
    path: "/2.0/user",
    method: None,
    late: false,
    holds: |scene| scene.gives_some(CLOUD),
    mostly: ends(Ends::Doubts),
    but: &[(&[S401], FAILS.says("bitbucket.org does not accept this browser sign-in any more").loses())],
    ..EXCHANGE
};

#[test]
fn the_owner_of_what_the_browser_brought() {
    PROFILE.holds_under_every_fault();
}
