//! A sign-in in the browser, and tokens that heal themselves while nobody looks.

use super::Outcome;
use super::stage::Stage;
use crate::seeds;
use std::time::Duration;

/// From this version on, git comes back within a command when a credential is refused (git, "RelNotes/2.46").
const COMES_BACK: (u32, u32) = (2, 46);

pub fn chapter(stage: &mut Stage) -> Outcome<()> {
    client(stage)?;
    sign_in(stage)?;
    if stage.git_version()? < COMES_BACK {
        stage
            .screen
            .text("(Your git is older than 2.46, so a refused token fails one command before it heals; not shown.)");
        return Ok(());
    }
    two_hours_later(stage)?;
    revoked(stage)
}

fn client(stage: &mut Stage) -> Outcome<()> {
    stage.step(
        "Tokens made by hand end one day. With an OAuth client, made once for a whole team, the browser does the signing in. \
         Its secret goes into the helper's storage, never into git config.",
    );
    let arguments = ["configure", "--oauth-client", seeds::CONSUMER_ID, "--with-secret"];
    stage.helper(&arguments, seeds::CONSUMER_SECRET).map(drop)
}

fn sign_in(stage: &mut Stage) -> Outcome<()> {
    stage.step("Alice signs in: her browser opens, she grants access, and the way back leads to this very machine.");
    let login = stage.helper(&["login", "bitbucket.org", "--web"], "")?;
    stage.insist(
        "she is signed in as alice, and typed nothing",
        login.err.contains("as alice") && login.questions() == 0,
    )
}

fn two_hours_later(stage: &mut Stage) -> Outcome<()> {
    stage.step(
        "Two hours later her access token has ended. Git is refused, comes back to the helper within the same command, and \
         goes on with a fresh one.",
    );
    stage.sandbox.advance(Duration::from_secs(2 * 3600 + 60));
    let fetch = stage.git(&["-C", "app", "fetch"])?;
    stage.insist("the fetch worked at once, and nobody was asked", fetch.questions() == 0)
}

fn revoked(stage: &mut Stage) -> Outcome<()> {
    stage.step("Somebody revokes her token on the server. A push heals just the same.");
    stage.sandbox.revoke_all_access_tokens(seeds::ALICE);
    stage.git_in_short(&["-C", "app", "commit", "--allow-empty", "-m", "another change"])?;
    let push = stage.git_in_short(&["-C", "app", "push"])?;
    let refreshes = stage.sandbox.cloud(|cloud| cloud.oauth.counts(seeds::ALICE).refreshes);
    stage.insist("two refreshes in all, no question", refreshes == 2 && push.questions() == 0)
}
