//! A person who says no is asked once per command, and git is told to stop asking too.

use crate::stage::{Desk, gits};
use bitbucket_sandbox::cloud::Repo;
use bitbucket_sandbox::{Content, Sandbox, Submodule, seeds};

const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";

#[test]
fn a_cancelled_question_ends_the_command_with_quit() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).person_says(&[]);
    let answer = desk.get(CLOUD).succeeds();
    assert_eq!(answer.out, "quit=1\n");
    assert!(answer.err.contains("cancelled"), "{}", answer.err);
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_clone_that_is_called_off_asks_nothing_more() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = Desk::at(&sandbox).with_git(&git).person_says(&[]);
        let clone = desk.git(&["clone", "https://bitbucket.org/acme/app.git", "x"]).fails();
        assert!(clone.err.contains("told us to quit"), "{}", clone.err);
        assert_eq!(desk.asked().len(), 1, "{:?}", desk.asked());
    }
}

/// Anybody may clone it; its submodules are private.
fn with_private_submodules(sandbox: &Sandbox) -> &'static str {
    let submodule = |path: &str, place: &str| Submodule {
        path: path.to_owned(),
        url: format!("https://bitbucket.org/{place}.git"),
        key: format!("bitbucket.org/{place}"),
    };
    let submodules = vec![submodule("app", seeds::APP), submodule("lib", seeds::LIB), submodule("site", seeds::SITE)];
    let repo = Repo { public: true, content: Content { submodules }, ..Repo::new("acme", "open") };
    sandbox.cloud(|cloud| cloud.add_repo(repo));
    "https://bitbucket.org/acme/open.git"
}

#[test]
fn submodules_of_one_command_do_not_ask_again() {
    for git in gits() {
        for jobs in ["1", "3"] {
            let sandbox = Sandbox::start();
            let address = with_private_submodules(&sandbox);
            let desk = Desk::at(&sandbox).with_git(&git).person_says(&[]);
            desk.git(&["clone", "--recurse-submodules", "-j", jobs, address, "x"]).fails();
            assert_eq!(desk.asked().len(), 1, "{} jobs: {:?}", jobs, desk.asked());
        }
    }
}

#[test]
fn the_next_command_asks_again() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).person_says(&[]);
    for questions in [1, 2] {
        desk.git(&["clone", "https://bitbucket.org/acme/app.git", "x"]).fails();
        assert_eq!(desk.asked().len(), questions, "{:?}", desk.asked());
    }
}

#[test]
fn one_answer_serves_all_submodules_of_the_command() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let address = with_private_submodules(&sandbox);
        let desk = Desk::at(&sandbox)
            .with_git(&git)
            .person_says(&[("Token for", seeds::API_TOKEN), ("E-mail", seeds::ALICE_EMAIL)]);
        desk.git(&["clone", "--recurse-submodules", "-j", "3", address, "x"]).succeeds();
        assert_eq!(desk.asked().len(), 2, "{:?}", desk.asked());
    }
}
