//! What a helper must not do, tried on it.

use super::Outcome;
use super::stage::Stage;
use crate::seeds;

pub fn chapter(stage: &mut Stage) -> Outcome<()> {
    look_alike(stage)?;
    wrong_token(stage)
}

fn look_alike(stage: &mut Stage) -> Outcome<()> {
    stage
        .step("Somebody sends Alice an address that looks almost right, and the server behind it asks for a password.");
    stage.alice_is_there(false);
    let clone = stage.git_whatever_comes(&["clone", "https://bitbucket.org.evil.example/acme/app.git", "trap"])?;
    stage.alice_is_there(true);
    let told = clone.told_any(&stage.sandbox.secrets());
    stage.insist("the other server has seen not one byte of a secret", !told && clone.requests().next().is_some())
}

fn wrong_token(stage: &mut Stage) -> Outcome<()> {
    stage.step("Alice pastes a token that has ended. Servers count failed logins and lock people out after a few.");
    let arguments = ["login", "bitbucket.org", "--username", seeds::ALICE_EMAIL, "--with-token"];
    let login = stage.helper_whatever_comes(&arguments, seeds::API_TOKEN_EXPIRED)?;
    stage.insist("it cost one failed login, and no more", login.failed_logins() == 1 && !login.succeeded)?;
    let fetch = stage.git_in_short(&["-C", "app", "fetch"])?;
    stage.insist("the sign-in from before still works", fetch.questions() == 0)
}
