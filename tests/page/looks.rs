//! What the page looks like. Screenshots are for people to look at: in the folder `target/screenshots`.

use super::{APP, at, desk, gives_token, while_it_runs};
use crate::stage::chromium::Chromium;
use bitbucket_sandbox::{Sandbox, seeds};
use std::path::Path;

/// Keeps a picture of the page in light and in dark.
fn keep(chromium: &Chromium, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&folder).expect("a folder");
    for scheme in ["light", "dark"] {
        chromium.prefers(scheme);
        chromium.screenshot(&folder.join(format!("page-{name}-{scheme}.png")));
    }
}

#[test]
fn each_page_is_kept_for_people_to_look_at() {
    let sandbox = Sandbox::start();
    let Some(chromium) = Chromium::start(None) else { return };
    let (desk, browser) = desk(&sandbox);
    let app = at(seeds::CODE, seeds::DC_APP);
    while_it_runs(
        || desk.git(&["clone", APP, "one"]),
        || {
            chromium.open(&browser.opened());
            keep(&chromium, "cloud");
            gives_token(&chromium, seeds::API_TOKEN_EXPIRED, seeds::ALICE_EMAIL);
            chromium.shows("does not accept");
            keep(&chromium, "cloud-error");
            chromium.resizes(360, 780);
            keep(&chromium, "cloud-phone");
            chromium.resizes(1000, 800);
            chromium.types("#token", seeds::API_TOKEN);
            chromium.click("button[value=go]");
            chromium.shows("You can close this window");
            keep(&chromium, "cloud-done");
        },
    )
    .succeeds();
    while_it_runs(
        || desk.git(&["clone", &app, "two"]),
        || {
            chromium.open(&browser.opened());
            keep(&chromium, "server");
            chromium.click("label[for=way-password]");
            keep(&chromium, "server-password");
            chromium.click("button[value=cancel]");
            chromium.shows("called off");
            keep(&chromium, "called-off");
        },
    )
    .fails();
}
