//! The main job at a company's own Bitbucket, under a context path.

use super::Outcome;
use super::stage::Stage;
use crate::seeds;

pub fn chapter(stage: &mut Stage) -> Outcome<()> {
    sign_in(stage)?;
    clone_and_push(stage)?;
    overview(stage)
}

fn sign_in(stage: &mut Stage) -> Outcome<()> {
    stage.step(
        "The company has a Bitbucket of its own, under a context path. Alice signs in before she clones. The helper \
         looks whether a Bitbucket answers there; then an HTTP access token is all it takes, since the server tells \
         whose it is, and whether it takes the token as git sends it.",
    );
    let login = stage.helper(&["login", seeds::CODE, "--with-token"], seeds::HTTP_TOKEN)?;
    let is_hers = login.err.contains("as alice") && login.failed_logins() == 0;
    stage.insist("the token is Alice's, and git can send it with her name", is_hers)
}

fn clone_and_push(stage: &mut Stage) -> Outcome<()> {
    stage.step("She clones and pushes there.");
    let address = format!("{}/scm/{}.git", seeds::CODE, seeds::DC_APP);
    let clone = stage.git(&["clone", &address, "work"])?;
    stage.insist_on_silence(&clone)?;
    stage.git_in_short(&["-C", "work", "commit", "--allow-empty", "-m", "a change"])?;
    let push = stage.git_in_short(&["-C", "work", "push"])?;
    stage.insist_on_silence(&push)
}

fn overview(stage: &mut Stage) -> Outcome<()> {
    stage.step("Who is signed in where, with what, and is it well?");
    stage.helper(&["accounts"], "")?;
    stage.helper(&["status"], "")?;
    Ok(())
}
