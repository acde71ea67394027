//! What README.md and CONTRIBUTING.md tell a reader to type is typed here, at a terminal of the sandbox; what is not, has its reason.

use crate::stage::{Desk, Terminal, gits};
use bitbucket_sandbox::{Sandbox, seeds};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const README: &str = include_str!("../README.md");
const CONTRIBUTING: &str = include_str!("../CONTRIBUTING.md");

/// Typed by the stories of this file.
const TYPED: [&str; 10] = [
    "git credential-bitbucket configure",
    "git credential-bitbucket configure --site https://code.corp.example/bitbucket",
    "git credential-bitbucket login",
    "git credential-bitbucket login https://code.corp.example/bitbucket",
    "git credential-bitbucket configure --oauth-client KEY",
    "git credential-bitbucket configure --site https://git.corp.example --oauth-client ID",
    "git credential-bitbucket configure --oauth-client KEY --with-secret < secret && git credential-bitbucket login --client",
    "git credential-bitbucket doctor --json",
    "git credential-bitbucket doctor",
    "git credential-bitbucket doctor https://code.corp.example/bitbucket",
];

/// Typed elsewhere, and where.
const ELSEWHERE: [(&str, &str); 8] = [
    ("cargo run -p bitbucket-sandbox -- tour", "`.ci/run`"),
    ("cargo test --workspace", "this very run"),
    ("cargo test --test stories healing::", "a part of this very run"),
    ("cargo install --path .", "`.ci/run` builds the same program, and installs it as a deb"),
    ("git credential-bitbucket login --web", "tests/browser.rs, with a real browser"),
    (
        "git-credential-bitbucket exec -- git clone --recurse-submodules https://bitbucket.org/acme/with-submodules.git",
        "tests/recipes.rs",
    ),
    (
        "git config --global bitbucket.https://bitbucket.org.tokenCommand 'vault kv get -field=token secret/bitbucket'",
        "tests/recipes.rs",
    ),
    (
        "git-credential-bitbucket token --for rest --header | curl --header @- https://api.bitbucket.org/2.0/user",
        "tests/recipes.rs",
    ),
];

/// The commands in the blocks for a shell, without what is remarked behind them.
fn commands() -> BTreeSet<&'static str> {
    let documents = [README, CONTRIBUTING].into_iter().flat_map(|text| text.split("```sh\n").skip(1));
    let blocks = documents.map(|rest| rest.split("```").next().expect("its end"));
    blocks.flat_map(str::lines).map(|line| line.split(" #").next().expect("a command").trim_end()).collect()
}

/// Types a line at the prompt of a shell, answers what is asked, and gives the screen.
fn types(desk: &Desk, line: &str, answers: &[(&str, &str)]) -> String {
    let mut terminal = Terminal::new().wide(200);
    let child = terminal.starts(desk, Path::new("/bin/sh"), &["-c", &format!("exec >&2; {line}")], true);
    for (question, answer) in answers {
        terminal.shows(question);
        terminal.types(&format!("{answer}\n"));
    }
    let (well, lines) = terminal.after(child);
    assert!(well, "{line}: {lines:#?}");
    lines.join("\n")
}

fn reader(sandbox: &Sandbox, git: &Path) -> Desk {
    Desk::at(sandbox).with_git(git).with_path()
}

#[test]
fn every_command_is_typed_here_or_elsewhere() {
    let known: BTreeSet<_> = TYPED.into_iter().chain(ELSEWHERE.map(|(command, _)| command)).collect();
    assert_eq!(commands(), known);
}

#[test]
fn a_newcomer_reaches_a_clone_on_the_cloud() {
    let [configure, _, login, ..] = TYPED;
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = reader(&sandbox, &git);
        assert!(types(&desk, configure, &[]).contains("helper"));
        let answers = [("Token for", seeds::API_TOKEN), ("E-mail", seeds::ALICE_EMAIL), ("Expires", "")];
        assert!(types(&desk, login, &answers).contains("as alice"));
        types(&desk, "git clone https://bitbucket.org/acme/app.git", &[]);
        let [.., doctor_for_machines, doctor, _] = TYPED;
        types(&desk, &format!("cd app && {doctor}"), &[]);
        assert!(types(&desk, &format!("cd app && {doctor_for_machines}"), &[]).starts_with('{'));
    }
}

#[test]
fn a_newcomer_reaches_a_clone_at_a_company() {
    let [_, configure, _, login, ..] = TYPED;
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = reader(&sandbox, &git);
        types(&desk, configure, &[]);
        let answers = [("token or password for", seeds::HTTP_TOKEN), ("xpires", "")];
        assert!(types(&desk, login, &answers).contains("alice"));
        types(&desk, "git clone https://code.corp.example/bitbucket/scm/prj/app.git", &[]);
        let [.., doctor] = TYPED;
        types(&desk, doctor, &[]);
    }
}

#[test]
fn clients_of_both_products_are_made_known_and_a_machine_signs_in_as_one() {
    let [_, _, _, _, cloud, corp, machine, ..] = TYPED;
    let sandbox = Sandbox::start();
    let desk = reader(&sandbox, &gits().pop().expect("a git"));
    types(&desk, &cloud.replace("KEY", seeds::CONSUMER_ID), &[("ecret", "")]);
    assert!(types(&desk, &corp.replace("ID", "an-id"), &[("ecret", "")]).contains("http://127.0.0.1"));
    fs::write(desk.home().join("secret"), seeds::CONSUMER_SECRET).expect("written");
    let said = types(&desk, &machine.replace("KEY", seeds::CONSUMER_ID), &[]);
    fs::remove_file(desk.home().join("secret")).expect("removed");
    assert!(said.contains(&format!("client {}", seeds::CONSUMER_ID)), "{said}");
    types(&desk, "git clone https://bitbucket.org/acme/app.git", &[]);
}

#[test]
fn commands_within_the_text_are_understood_as_they_stand() {
    let desk = Desk::alone();
    let inline = README.split('`').skip(1).step_by(2);
    let ours = inline.filter_map(|code| {
        code.strip_prefix("git credential-bitbucket ").or_else(|| code.strip_prefix("git-credential-bitbucket "))
    });
    let mut count = 0;
    for words in ours.filter(|words| !words.contains('\n')) {
        let words: Vec<&str> = words.split_whitespace().chain(["--help"]).collect();
        desk.helper(&words, "").succeeds();
        count += 1;
    }
    assert!(count > 5, "{count}");
}

/// Git's words that the README explains are those that git says.
#[test]
fn what_git_says_last_is_what_the_readme_explains() {
    let (missed, refused) = (
        "fatal: could not read Username for 'https://bitbucket.org': terminal prompts disabled",
        "fatal: Authentication failed for 'https://bitbucket.org/acme/app.git/'",
    );
    for words in [missed, refused] {
        assert!(README.contains(&format!("| `{words}` |")), "{words}");
    }
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = Desk::at(&sandbox).with_git(&git).with("GIT_TERMINAL_PROMPT", "0");
        let said = desk.git(&["clone", "https://bitbucket.org/acme/app.git", "one"]).err;
        assert!(said.contains(missed) && said.contains("nobody is signed in to bitbucket.org"), "{said}");
        let desk = desk.with("BITBUCKET_TOKEN", "canary-wrong");
        let said = desk.git(&["clone", "https://bitbucket.org/acme/app.git", "two"]).err;
        assert!(said.contains(refused), "{said}");
    }
}
