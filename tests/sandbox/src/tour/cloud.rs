//! The main job at bitbucket.org: one sign-in inside the first clone, then silence.

use super::Outcome;
use super::stage::Stage;
use crate::seeds;

const APP: &str = "https://bitbucket.org/acme/app.git";
const WITH_SUBMODULES: &str = "https://bitbucket.org/acme/with-submodules.git";

pub fn chapter(stage: &mut Stage) -> Outcome<()> {
    first_clone(stage)?;
    push(stage)?;
    second_clone(stage)
}

fn first_clone(stage: &mut Stage) -> Outcome<()> {
    stage.step(
        "Alice clones a private repository, for the first time. The server wants to know who she is, git asks the helper, \
         and the helper asks her: for an API token, and for the e-mail with which it can be checked.",
    );
    stage.alice_knows(&[("Token", seeds::API_TOKEN), ("E-mail", seeds::ALICE_EMAIL)])?;
    let clone = stage.git(&["clone", APP, "app"])?;
    stage.alice_knows(&[])?;
    stage.insist("the token was checked once, and works", clone.checks() == 1 && clone.failed_logins() == 0)
}

fn push(stage: &mut Stage) -> Outcome<()> {
    stage.step("She pushes a change. The helper answers from its storage: here a file, on your machine the keyring.");
    stage.git_in_short(&["-C", "app", "commit", "--allow-empty", "-m", "a change"])?;
    let push = stage.git(&["-C", "app", "push"])?;
    stage.insist_on_silence(&push)
}

fn second_clone(stage: &mut Stage) -> Outcome<()> {
    stage.step("She clones once more, and a repository with submodules of two workspaces, several at a time.");
    let again = stage.git_in_short(&["clone", APP, "again"])?;
    stage.insist_on_silence(&again)?;
    let all = stage.git_in_short(&["clone", "--recurse-submodules", "-j", "4", WITH_SUBMODULES, "all"])?;
    stage.insist_on_silence(&all)
}
