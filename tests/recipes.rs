//! The README's recipes for CI, taken from it word for word and run on the sandbox: what is written there works.

use crate::stage::{Desk, are_installed, gits};
use bitbucket_sandbox::{Sandbox, seeds};
use std::fs;
use std::path::Path;

const README: &str = include_str!("../README.md");

/// The text from a heading in bold to the end of its code block.
fn recipe(name: &str) -> (&'static str, &'static str) {
    let after = README.split_once(&format!("**{name}**")).unwrap_or_else(|| panic!("no recipe for {name}")).1;
    after.split_once("```").expect("a code block")
}

fn block(name: &str) -> &'static str {
    let inside = recipe(name).1;
    let (_language, text) = inside.split_once('\n').expect("a line");
    text.split_once("```").expect("its end").0
}

/// What of a recipe a shell runs: the line of ours, without what the CI system reads itself.
fn shell_line(name: &str) -> String {
    let joined = block(name).replace("\\\n", " ");
    let line = joined.lines().map(str::trim).find(|line| line.contains("git-credential-bitbucket")).expect("our line");
    let line = ["- run: ", "- ", "RUN ", "ExecStart="].iter().find_map(|word| line.strip_prefix(word)).unwrap_or(line);
    let line = line.strip_prefix("sh '").and_then(|line| line.strip_suffix('\'')).unwrap_or(line);
    let words = line.split_whitespace().filter(|word| !word.starts_with("--mount="));
    words.collect::<Vec<_>>().join(" ")
}

/// A job's machine, with the helper on its search path and the variables that its CI system sets.
fn job(sandbox: &Sandbox, git: &Path, variables: &[(&str, &str)]) -> Desk {
    let desk = Desk::container(sandbox).with_git(git).with_path();
    variables.iter().fold(desk, |desk, (name, value)| desk.with(name, value))
}

/// Runs it, and looks whether the repository was served to the token's owner and nothing of ours was left.
fn works(sandbox: &Sandbox, desk: &Desk, line: &str) {
    sandbox.clear_log();
    let done = desk.shell(line).succeeds();
    assert!(!done.err.contains("canary"), "{}", done.err);
    let served =
        |name: &str| sandbox.requests().iter().any(|seen| seen.status == 200 && seen.user.as_deref() == Some(name));
    assert!(served(seeds::ALICE), "{line}");
    assert!(!desk.home().join(".local").exists());
}

#[test]
fn each_ci_system_clones_by_its_recipe() {
    let cases: [(&str, &[(&str, &str)]); 4] = [
        ("Bitbucket Pipelines", &[("CI", "true"), ("BITBUCKET_BUILD_NUMBER", "1"), ("BITBUCKET_WORKSPACE", "acme")]),
        ("Jenkins", &[("JENKINS_URL", "https://ci.example/"), ("BUILD_NUMBER", "1")]),
        ("GitHub Actions", &[("CI", "true"), ("GITHUB_ACTIONS", "true")]),
        ("GitLab CI", &[("CI", "true"), ("GITLAB_CI", "true")]),
    ];
    for git in gits() {
        for (name, variables) in cases {
            let sandbox = Sandbox::start();
            let desk = job(&sandbox, &git, variables).with("BITBUCKET_TOKEN", seeds::API_TOKEN);
            works(&sandbox, &desk, &shell_line(name));
            assert!(desk.home().join("app/README.md").exists(), "{name}");
            assert!(recipe(name).0.contains("BITBUCKET_TOKEN") || block(name).contains("BITBUCKET_TOKEN"), "{name}");
        }
    }
}

#[test]
fn the_first_example_needs_no_more_than_the_token() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let after = README.split_once("## CI and scripts").expect("the chapter").1;
        let line = after.split_once("```sh\n").expect("an example").1.lines().next().expect("a line");
        let desk = job(&sandbox, &git, &[("BITBUCKET_TOKEN", seeds::API_TOKEN)]);
        works(&sandbox, &desk, line);
        assert!(desk.home().join("with-submodules/lib/README.md").exists());
    }
}

#[test]
fn a_docker_build_reads_its_mounted_secret() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = job(&sandbox, &git, &[]);
        let secrets = desk.home().join("secrets");
        fs::create_dir(&secrets).expect("a folder");
        fs::write(secrets.join("bitbucket"), format!("{}\n", seeds::API_TOKEN)).expect("a secret");
        let line = shell_line("Docker");
        assert!(line.contains("/run/secrets/bitbucket") && block("Docker").contains("id=bitbucket"));
        works(&sandbox, &desk, &line.replace("/run/secrets", secrets.to_str().expect("text")));
        assert!(desk.home().join("app/README.md").exists());
    }
}

#[test]
fn a_systemd_service_reads_its_credential() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let (credentials, srv) = ("credentials", "srv");
        let desk = job(&sandbox, &git, &[]);
        let at = |name: &str| desk.home().join(name).display().to_string();
        fs::create_dir(at(credentials)).expect("a folder");
        fs::write(format!("{}/bitbucket", at(credentials)), seeds::API_TOKEN).expect("a credential");
        let clone = format!("git clone --mirror https://bitbucket.org/acme/app.git '{}/app.git'", at(srv));
        desk.shell(&format!("BITBUCKET_TOKEN={} git-credential-bitbucket exec -- {clone}", seeds::API_TOKEN))
            .succeeds();
        let unit = block("systemd");
        assert!(unit.contains("LoadCredential=bitbucket:"));
        let variable = unit.lines().find_map(|line| line.strip_prefix("Environment=")).expect("a variable");
        let (name, value) = variable.split_once('=').expect("a value");
        let desk_at = |text: &str| text.replace("%d", &at(credentials)).replace("/srv/", &format!("{}/", at(srv)));
        let (value, line) = (desk_at(value), desk_at(&shell_line("systemd")));
        let desk = desk.with(name, &value);
        works(&sandbox, &desk, &line);
    }
}

#[test]
fn a_secrets_manager_and_a_rest_call_work_as_written() {
    if !are_installed(&["curl"]) {
        return;
    }
    let sandbox = Sandbox::start();
    let git = gits().pop().expect("a git");
    let desk = job(&sandbox, &git, &[("BITBUCKET_EMAIL", seeds::ALICE_EMAIL)]);
    let vault = desk.home().join("bin/vault");
    fs::write(&vault, format!("#!/bin/sh\necho {}\n", seeds::API_TOKEN)).expect("written");
    fs::set_permissions(&vault, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a program");
    let global = desk.home().join("global");
    let curl = format!("proxy = {}\ncacert = {}\nsilent\nfail\n", sandbox.proxy_url(), sandbox.ca_file().display());
    fs::write(desk.home().join(".curlrc"), curl).expect("written");
    let desk = desk.with("GIT_CONFIG_GLOBAL", global.to_str().expect("text"));
    let line = block("A secrets manager").lines().next().expect("a line");
    works(&sandbox, &desk, &format!("{line}\ngit clone https://bitbucket.org/acme/app.git"));
    let home = desk.home().to_str().expect("text").to_owned();
    let desk = desk.with("CURL_HOME", &home).with("BITBUCKET_TOKEN", seeds::API_TOKEN);
    works(&sandbox, &desk, block("REST").trim());
}
