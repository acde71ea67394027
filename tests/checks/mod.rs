//! The check at a sign-in, row by row: what the server answers, what becomes of the secret, and the lines a person reads.
//! Only a clear refusal refuses; whatever says nothing about the secret leaves the verdict to git.

mod cloud;
mod data_center;

use crate::stage::{Desk, Done};
use bitbucket_sandbox::{Fault, Sandbox, seeds};

/// One row. A fault, if there is one, stands at the check's address.
struct Row {
    when: &'static str,
    at: &'static str,
    arguments: &'static [&'static str],
    secret: &'static str,
    fault: Option<fn(Fault) -> Fault>,
    /// How many requests may carry the secret.
    sent: usize,
    kept: bool,
    said: &'static [&'static str],
}

const CLOUD: Row = Row {
    when: "",
    at: "bitbucket.org",
    arguments: &["--username", seeds::ALICE_EMAIL],
    secret: seeds::API_TOKEN,
    fault: None,
    sent: 1,
    kept: true,
    said: &[],
};
const SERVER: Row = Row { at: seeds::CODE, arguments: &[], secret: seeds::HTTP_TOKEN, ..CLOUD };

const IN_DOUBT: &str = "Signed in to bitbucket.org as alice@acme.example; kept in a file only you can read.";
const LATER: &str = "hint: try again later; nothing was forgotten";
const RULE: &str = "hint: a rule may stand in the way: allowed networks, two-step verification, single sign-on";
const WRONG: &str = "git-credential-bitbucket: bitbucket.org does not accept this API token with this e-mail";
const WRONG_HINT: &str = "hint: wrong, expired, made without scopes, or another account's e-mail: \
    https://id.atlassian.com/manage-profile/security/api-tokens";

fn check(rows: &[Row]) {
    for row in rows {
        let sandbox = Sandbox::start();
        let desk = Desk::at(&sandbox);
        check_at(&sandbox, &desk, row);
    }
}

fn check_at(sandbox: &Sandbox, desk: &Desk, row: &Row) {
    let (host, path) = match row.at {
        "bitbucket.org" => ("api.bitbucket.org", "/2.0/user"),
        _ => ("code.corp.example", "/bitbucket/rest/api/"),
    };
    // a site that is configured is not looked for, so that a fault meets the check alone
    desk.configure("[bitbucket \"https://code.corp.example/bitbucket\"]\n\tproduct = datacenter\n");
    if let Some(fault) = row.fault {
        sandbox.fault(fault(Fault::at(host, path)));
    }
    let login = desk.signs_in(row.at, row.arguments, row.secret);
    let said: Vec<&str> = login.err.lines().collect();
    assert_eq!(said, row.said, "{}", row.when);
    assert_eq!(login.code == 0, row.kept, "{}: {login:?}", row.when);
    let sent = sandbox.requests().into_iter().filter(|seen| seen.carries(row.secret)).count();
    assert_eq!(sent, row.sent, "{}: requests with the secret", row.when);
    assert_eq!(answer(desk, row).out.contains(row.secret), row.kept, "{}: kept", row.when);
}

fn answer(desk: &Desk, row: &Row) -> Done {
    let host = row.at.trim_start_matches("https://").split('/').next().unwrap_or_default();
    desk.get(format!("protocol=https\nhost={host}\n"))
}

#[test]
fn inside_a_git_command_a_refusal_ends_it_and_a_doubt_lets_git_decide() {
    let sandbox = Sandbox::start();
    let person = |secret| Desk::at(&sandbox).person_says(&[("Token for", secret), ("E-mail", seeds::ALICE_EMAIL)]);
    let refused = person("ATATT3xFfGF0wrong").get("protocol=https\nhost=bitbucket.org\n");
    assert_eq!(refused.out, "quit=1\n");
    assert_eq!(refused.err.lines().collect::<Vec<_>>(), [WRONG, WRONG_HINT]);
    sandbox.fault(Fault::at("api.bitbucket.org", "/").status(503));
    let desk = person(seeds::API_TOKEN);
    desk.git(&["clone", "https://bitbucket.org/acme/app.git", "one"]).succeeds();
    desk.git(&["clone", "https://bitbucket.org/acme/app.git", "two"]).succeeds();
    assert_eq!(desk.asked().len(), 2, "{:?}", desk.asked());
}
