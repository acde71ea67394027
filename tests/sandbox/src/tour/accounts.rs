//! Two accounts at one site: each answers where it belongs, and a person sees and changes which.

use super::Outcome;
use super::scene::Scene;
use super::stage::Stage;
use crate::seeds;

const DOTFILES: &str = "https://bitbucket.org/alice-home/dotfiles.git";
const SITE: &str = "https://bitbucket.org/globex/site.git";
const WITH_SUBMODULES: &str = "https://bitbucket.org/acme/with-submodules.git";

pub fn chapter(stage: &mut Stage) -> Outcome<()> {
    second_account(stage)?;
    switch(stage)?;
    rules(stage)?;
    here(stage)
}

fn second_account(stage: &mut Stage) -> Outcome<()> {
    // `configure` would write it; here git's helper is overheard, so it stays as it is
    stage.configure("[credential \"https://bitbucket.org\"]\n\tuseHttpPath = true\n")?;
    stage.step(
        "Alice has a private account too. A second sign-in adds it, and with --for it is the one for her own workspace \
         from the start. Git tells the path (`configure` sees to that), so the helper knows whose turn it is.",
    );
    let home = ["login", "bitbucket.org", "--username", seeds::ALICE_HOME_EMAIL, "--for", "alice-home", "--with-token"];
    stage.helper(&home, seeds::API_TOKEN_HOME)?;
    let clone = stage.git(&["clone", DOTFILES, "dotfiles"])?;
    stage.insist("the server took her for alice-home", is_only(&clone, "alice-home"))?;
    stage.insist_on_silence(&clone)
}

fn switch(stage: &mut Stage) -> Outcome<()> {
    stage.step("For everything else nobody is guessed. She says once who it is, and may change it at any time.");
    stage.helper(&["switch", "alice"], "")?;
    let first = stage.git_in_short(&["clone", SITE, "site"])?;
    stage.insist("the server took her for alice", is_only(&first, "alice"))?;
    stage.helper(&["switch"], "")?;
    let second = stage.git_in_short(&["-C", "site", "fetch"])?;
    stage.insist("between two, the other one: alice-home", is_only(&second, "alice-home"))?;
    stage.helper(&["switch"], "")?;
    Ok(())
}

fn rules(stage: &mut Stage) -> Outcome<()> {
    stage.step("A rule binds a whole workspace. One clone with submodules of two workspaces, and two accounts in it:");
    stage.helper(&["switch", "alice-home", "--for", "globex"], "")?;
    let clone = stage.git_in_short(&["clone", "--recurse-submodules", WITH_SUBMODULES, "mixed"])?;
    let (at_acme, at_globex) = (users(&clone, "/acme/"), users(&clone, "/globex/"));
    stage.insist("alice at acme, alice-home at globex", at_acme == ["alice"] && at_globex == ["alice-home"])?;
    stage.insist_on_silence(&clone)
}

fn here(stage: &mut Stage) -> Outcome<()> {
    stage.step("Who is there, and who is used for what?");
    let accounts = stage.helper(&["accounts", "bitbucket.org"], "")?;
    stage.insist("the star is at alice, and the rules are told", accounts.out.contains("for globex: alice-home"))
}

fn users(scene: &Scene, place: &str) -> Vec<String> {
    let there = scene.requests().filter(|seen| seen.target.starts_with(place));
    let mut users: Vec<String> = there.filter_map(|seen| seen.user.clone()).collect();
    users.dedup();
    users
}

fn is_only(scene: &Scene, user: &str) -> bool {
    users(scene, "/") == [user]
}
