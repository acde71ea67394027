//! What README.md and CONTRIBUTING.md tell a reader to type is typed here, at a terminal of the sandbox; what is not, has its reason.

use crate::stage::{Desk, Terminal, gits, is_a_test};
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

/// What types it elsewhere: a test, or the script of all that must hold.
const ELSEWHERE: [(&str, &str); 8] = [
    ("cargo run -p bitbucket-sandbox -- tour", ".ci/run"),
    ("cargo test --workspace", ".ci/run"),
    ("cargo install --path .", ".ci/run"),
    // the option that names a theme, with this very theme
    ("cargo test --test stories healing::", "healing::a_server_whose_clock_is_a_day_off_changes_nothing"),
    ("git credential-bitbucket login --web", "browser::a_real_browser_clicks_the_consent_and_ends_on_our_page"),
    (
        "git-credential-bitbucket exec -- git clone --recurse-submodules https://bitbucket.org/acme/with-submodules.git",
        "recipes::the_first_example_needs_no_more_than_the_token",
    ),
    (
        "git config --global bitbucket.https://bitbucket.org.tokenCommand 'vault kv get -field=token secret/bitbucket'",
        "recipes::a_secrets_manager_and_a_rest_call_work_as_written",
    ),
    (
        "git-credential-bitbucket token --for rest --header | curl --header @- https://api.bitbucket.org/2.0/user",
        "recipes::a_secrets_manager_and_a_rest_call_work_as_written",
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
    let (well, lines) = Terminal::new().wide(200).shell(desk, line, answers);
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
    let script = fs::read_to_string(".ci/run").expect("text");
    for (command, place) in ELSEWHERE {
        let typed = if place == ".ci/run" { script.contains(command) } else { is_a_test(place) };
        assert!(typed, "{command}: {place}");
    }
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

/// The commands of ours that a text names in passing, without the program's name; most are named without it there too.
fn named_in_passing(text: &'static str, ours: &[String]) -> Vec<&'static str> {
    let outside_blocks = text.split("```").step_by(2);
    let codes = outside_blocks.flat_map(|part| part.split('`').skip(1).step_by(2)).map(|code| {
        let short =
            ["git credential-bitbucket ", "git-credential-bitbucket "].iter().find_map(|name| code.strip_prefix(name));
        (short.is_some(), short.unwrap_or(code))
    });
    let is_ours = |code: &str| code.contains(' ') && ours.iter().any(|name| code.split(' ').next() == Some(name));
    // where a table says what a command may have, each option is looked up in the table's own test
    let patterns = ['[', '|', '\n'];
    let kept = codes.filter(|(named, code)| (*named || is_ours(code)) && !code.contains(patterns));
    kept.map(|(_, code)| code).collect()
}

#[test]
fn commands_within_the_text_are_understood_as_they_stand() {
    let desk = Desk::alone();
    let ours = commands_of(&desk);
    let named = [README, CONTRIBUTING].into_iter().flat_map(|text| named_in_passing(text, &ours)).collect::<Vec<_>>();
    for code in &named {
        // whoever is asked for help reads what stands before it all the same
        let line = code.replace("SHELL", "bash").replace('\'', "");
        let words: Vec<&str> = line.split_whitespace().chain(["--help"]).collect();
        desk.helper(&words, "").succeeds();
    }
    assert!(named.contains(&"switch alice --here") && named.contains(&"import --from gcm"), "{named:?}");
    desk.helper(&["switch", "--no-such-option", "--help"], "").fails();
}

/// The commands that help lists, but for those that Git calls.
fn commands_of(desk: &Desk) -> Vec<String> {
    let help = desk.helper(&["--help"], "").succeeds().out;
    let list = help.split_once("Commands:\n").and_then(|(_, rest)| rest.split_once("\n\n")).expect("a list").0;
    let lines = list.lines().filter(|line| !line.contains("Git calls this"));
    lines.filter_map(|line| Some(line.trim_start().split(' ').next()?.to_owned())).collect()
}

#[test]
fn the_table_of_commands_names_every_command_and_only_options_that_it_has() {
    let desk = Desk::alone();
    let (_, table) = README.split_once("| command | what it does |\n|---|---|\n").expect("a table");
    let mut named = BTreeSet::new();
    for row in table.lines().take_while(|line| line.starts_with("| `")) {
        let head = row.replace("\\|", "/").split(" | ").next().expect("a cell").to_owned();
        let commands: Vec<&str> =
            head.split('`').skip(1).step_by(2).filter_map(|code| code.split(' ').next()).collect();
        let help: Vec<String> =
            commands.iter().map(|name| desk.helper(&[*name, "--help"], "").succeeds().out).collect();
        for option in row.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').filter(|word| word.starts_with("--"))
        {
            let has =
                |help: &String| help.split(|c: char| c.is_whitespace() || "`,.".contains(c)).any(|word| word == option);
            // what stands alone between the command and its program is no option
            assert!(option == "--" || help.iter().any(has), "{option} in {row}");
        }
        named.extend(commands.into_iter().map(str::to_owned));
    }
    assert_eq!(named, commands_of(&desk).into_iter().collect());
}

/// Settings named in passing are taken by git, and known to us.
#[test]
fn lines_for_git_config_are_taken_by_git_and_known_to_us() {
    let codes = README.split("```").step_by(2).flat_map(|part| part.split('`').skip(1).step_by(2));
    let lines: BTreeSet<&str> = codes.filter(|code| code.starts_with("git config ")).collect();
    assert!(lines.iter().any(|line| line.contains(" bitbucket.")), "{lines:?}");
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = reader(&sandbox, &git);
        let system = desk.home().join("system").display().to_string();
        let desk = desk.with("GIT_CONFIG_SYSTEM", &system).with("GIT_CONFIG_NOSYSTEM", "0");
        for line in &lines {
            types(&desk, line, &[]);
        }
        let said = desk.helper(&["doctor", "https://bitbucket.org"], "");
        assert!(!said.out.contains("see the settings in the README"), "{}", said.out);
    }
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
