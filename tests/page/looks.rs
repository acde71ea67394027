//! What the pages look like: in light and in dark, wide and on a phone. Screenshots are for people to look at: in the folder
//! `target/screenshots`.

use super::{APP, at, desk, gives_token, while_it_runs};
use crate::stage::chromium::Chromium;
use crate::stage::{Browser, Desk};
use bitbucket_sandbox::{Sandbox, seeds};
use std::path::Path;

/// Keeps a picture of the page in light and in dark; both are there, and nothing sticks out on a small screen.
#[track_caller]
fn keep(chromium: &Chromium, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (scheme, card) in [("light", "rgba(255, 255, 255, 1)"), ("dark", "rgba(26, 31, 42, 1)")] {
        chromium.prefers(scheme);
        assert_eq!(chromium.style("main", "background-color"), card);
        for (size, width, height) in [("", 1000, 860), ("-phone", 360, 800)] {
            chromium.resizes(width, height);
            chromium.screenshot(&folder.join(format!("page-{name}{size}-{scheme}.png")));
            assert!(chromium.width_of_page() <= width, "{name}{size} is too wide");
        }
    }
    chromium.resizes(1000, 860);
}

#[test]
fn the_pages_of_the_cloud() {
    let sandbox = Sandbox::start();
    let Some(chromium) = Chromium::start(None) else { return };
    let (desk, browser) = desk(&sandbox);
    while_it_runs(
        || desk.git(&["clone", APP, "one"]),
        || {
            chromium.open(&browser.opened());
            keep(&chromium, "cloud");
            gives_token(&chromium, seeds::API_TOKEN_EXPIRED, seeds::ALICE_EMAIL);
            chromium.shows("does not accept");
            keep(&chromium, "cloud-error");
            chromium.types("#token", seeds::API_TOKEN);
            chromium.click("button[value=go]");
            chromium.shows("You can close this window");
            keep(&chromium, "cloud-done");
        },
    )
    .succeeds();
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_HOME_EMAIL], seeds::API_TOKEN_HOME).succeeds();
    while_it_runs(
        || desk.git(&["clone", APP, "two"]),
        || {
            chromium.open(&browser.opened());
            keep(&chromium, "which");
            chromium.click("button[value=go]");
            chromium.shows("You can close this window");
            keep(&chromium, "which-done");
        },
    )
    .succeeds();
}

#[test]
fn the_pages_of_a_data_center() {
    let sandbox = Sandbox::start();
    let Some(chromium) = Chromium::start(None) else { return };
    let (desk, browser) = desk(&sandbox);
    let app = at(seeds::CODE, seeds::DC_APP);
    while_it_runs(
        || desk.git(&["clone", &app, "two"]),
        || {
            chromium.open(&browser.opened());
            keep(&chromium, "server");
            chromium.click("label[for=way-password]");
            chromium.types("#username", seeds::ALICE);
            chromium.types("#password", "wrong");
            keep(&chromium, "server-password");
            chromium.click("button[value=go]");
            chromium.shows("does not accept");
            keep(&chromium, "server-error");
            chromium.types("#password", "wrong");
            chromium.click("button[value=go]");
            chromium.shows("Send it once more?");
            keep(&chromium, "question");
            chromium.click("button[value=no]");
            chromium.shows("refused this password before");
            chromium.click("button[value=cancel]");
            chromium.shows("called off");
            keep(&chromium, "called-off");
        },
    )
    .fails();
}

#[test]
fn the_page_with_a_sign_in_at_the_site_itself() {
    let sandbox = Sandbox::start();
    let Some(chromium) = Chromium::start(None) else { return };
    let (desk, browser) = Browser::of(Desk::at(&sandbox).with_clients(&sandbox));
    while_it_runs(
        || desk.git(&["clone", APP, "one"]),
        || {
            chromium.open(&browser.opened());
            keep(&chromium, "client");
            chromium.click("button[value=cancel]");
            chromium.shows("called off");
        },
    )
    .fails();
}
