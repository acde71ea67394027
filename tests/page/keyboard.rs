//! The page by the keyboard alone, with scripts switched off.

use super::{APP, at, desk, while_it_runs};
use crate::stage::chromium::{Chromium, Key};
use bitbucket_sandbox::{Sandbox, seeds};

/// Presses a key until this has the focus.
#[track_caller]
fn goes_to(chromium: &Chromium, key: Key, name: &str) {
    for _ in 0..12 {
        if chromium.focus() == name {
            return;
        }
        chromium.press(key);
    }
    panic!("{name} is out of reach; the focus is at {:?}", chromium.focus());
}

#[test]
fn a_token_is_given_without_touching_the_mouse() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let clone = while_it_runs(
        || desk.git(&["clone", APP, "one"]),
        || {
            chromium.open(&browser.opened());
            chromium.without_scripts();
            assert_eq!(chromium.focus(), "token");
            chromium.types_blindly(seeds::API_TOKEN);
            chromium.press(Key::Tab);
            assert_eq!(chromium.focus(), "email");
            chromium.types_blindly(seeds::ALICE_EMAIL);
            chromium.press(Key::Enter);
            chromium.shows("You are signed in");
        },
    );
    clone.succeeds();
}

#[test]
fn a_password_is_given_without_touching_the_mouse() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let app = at(seeds::CODE, seeds::DC_APP);
    let clone = while_it_runs(
        || desk.git(&["clone", &app, "one"]),
        || {
            chromium.open(&browser.opened());
            chromium.without_scripts();
            assert_eq!(chromium.focus(), "token");
            goes_to(&chromium, Key::Back, "way");
            chromium.press(Key::Right);
            // what the other way asks for is not on the way
            chromium.press(Key::Tab);
            assert_eq!(chromium.focus(), "username");
            chromium.types_blindly(seeds::ALICE);
            chromium.press(Key::Tab);
            assert_eq!(chromium.focus(), "password");
            chromium.types_blindly(seeds::DC_ALICE_PASSWORD);
            chromium.press(Key::Tab);
            assert_eq!(chromium.focus(), "trade");
            chromium.press(Key::Space);
            chromium.press(Key::Tab);
            chromium.press(Key::Enter);
            chromium.shows("You are signed in");
        },
    );
    clone.succeeds();
}

#[test]
fn the_last_key_stop_calls_it_off() {
    let Some(chromium) = Chromium::start(None) else { return };
    let sandbox = Sandbox::start();
    let (desk, browser) = desk(&sandbox);
    let clone = while_it_runs(
        || desk.git(&["clone", APP, "one"]),
        || {
            chromium.open(&browser.opened());
            chromium.without_scripts();
            for stop in ["email", "press", "press"] {
                chromium.press(Key::Tab);
                assert_eq!(chromium.focus(), stop);
            }
            chromium.press(Key::Space);
            chromium.shows("Sign-in called off");
        },
    );
    let clone = clone.fails();
    assert!(clone.err.contains("sign-in cancelled") && !clone.err.contains("Username for"), "{}", clone.err);
}
