//! The sign-in page: a person without a terminal, in front of a browser.

mod attacks;
mod choices;
mod endings;
mod forms;
mod keyboard;
mod looks;
mod processes;
mod stories;

use crate::stage::chromium::Chromium;
use crate::stage::{Browser, Desk, Done};
pub use crate::stage::{
    Visitor,
    visitor::{Told, token_in},
};
use bitbucket_sandbox::{Sandbox, seeds};

pub const APP: &str = "https://bitbucket.org/acme/app.git";
pub const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";

/// A desk with a browser and neither terminal nor askpass, where git tells us the path.
pub fn desk(sandbox: &Sandbox) -> (Desk, Browser) {
    let desk = Desk::at(sandbox);
    desk.configure("[credential]\n\tuseHttpPath = true\n");
    for site in [seeds::CORP, seeds::CODE] {
        desk.configure(&format!("[bitbucket \"{site}\"]\n\tproduct = datacenter\n"));
    }
    Browser::of(desk)
}

/// The address of a repository at a Data Center.
pub fn at(site: &str, repository: &str) -> String {
    format!("{site}/scm/{repository}.git")
}

/// Runs a command that opens the page, while the person acts.
#[track_caller]
pub fn while_it_runs(run: impl FnOnce() -> Done + Send, act: impl FnOnce()) -> Done {
    std::thread::scope(|scope| {
        let running = scope.spawn(run);
        act();
        running.join().expect("it ends")
    })
}

/// A sign-in on the page to which nobody comes but a visitor.
#[track_caller]
pub fn visited(desk: &Desk, browser: &Browser, act: impl FnOnce(Visitor)) -> Done {
    while_it_runs(|| desk.helper(&["login", "--web"], ""), || act(Visitor::at(&browser.opened())))
}

/// Fills in the form for a token.
pub fn gives_token(chromium: &Chromium, token: &str, email: &str) {
    chromium.types("#token", token);
    if !email.is_empty() {
        chromium.types("#email", email);
    }
    chromium.click("button[value=go]");
}
