//! What a Data Center answers.

use super::{LATER, Row, SERVER, check, check_at};
use crate::stage::Desk;
use bitbucket_sandbox::{Fault, Reply, Sandbox, seeds};

/// A token that is good as Bearer is shown once more as Basic: is that how this server takes it from git?
const AND_AS_BASIC: usize = 2;

#[test]
fn a_data_center_names_whom_it_knows_or_refuses() {
    check(&[
        Row {
            when: "200",
            sent: AND_AS_BASIC,
            said: &["Signed in to code.corp.example/bitbucket as alice; kept in a file only you can read."],
            ..SERVER
        },
        Row {
            when: "401",
            secret: "BBDC-wrong",
            kept: false,
            said: &[
                "git-credential-bitbucket: code.corp.example/bitbucket does not accept this HTTP access token",
                "hint: it is wrong or expired: make a new one in your account settings",
            ],
            ..SERVER
        },
        Row {
            when: "401 to somebody it knows: not permitted, and not wrong",
            sent: AND_AS_BASIC,
            fault: Some(|fault| fault.instead(Reply::status(401).header("X-AUSERNAME", "carol%40corp.example"))),
            said: &[
                "Signed in to code.corp.example/bitbucket as carol@corp.example; kept in a file only you can read.",
            ],
            ..SERVER
        },
        Row {
            when: "404",
            fault: Some(|fault| fault.status(404)),
            kept: false,
            said: &[
                "git-credential-bitbucket: no Bitbucket answers at https://code.corp.example/bitbucket",
                "hint: is there a path behind the host? If it is one: `git config --global \
                 bitbucket.https://code.corp.example/bitbucket.product datacenter`",
            ],
            ..SERVER
        },
    ]);
}

#[test]
fn a_locked_account_stops_at_once() {
    let sandbox = Sandbox::start();
    sandbox.data_center(seeds::CODE, |server| server.directory.captcha_after = 0);
    let row = Row {
        when: "401 with the CAPTCHA's exception",
        arguments: &["--username", "alice"],
        secret: seeds::DC_ALICE_PASSWORD,
        kept: false,
        said: &[
            "git-credential-bitbucket: code.corp.example/bitbucket wants a CAPTCHA solved after too many failed sign-ins",
            "hint: sign in once in the browser, then try again: https://code.corp.example/bitbucket/login",
        ],
        ..SERVER
    };
    check_at(&sandbox, &Desk::at(&sandbox), &row);
}

#[test]
fn a_401_that_speaks_of_something_else_refuses_nobody() {
    check(&[Row {
        when: "401 that speaks of permission, and names nobody",
        fault: Some(|fault| {
            fault.instead(Reply::typed(
                401,
                "application/json",
                r#"{"errors":[{"exceptionName":"com.atlassian.bitbucket.AuthorisationException"}]}"#,
            ))
        }),
        said: &[
            "git-credential-bitbucket: not checked: code.corp.example answered 401, which says nothing about the \
                 sign-in; git will tell whether it works",
            LATER,
            "Signed in to code.corp.example/bitbucket as alice; kept in a file only you can read.",
        ],
        arguments: &["--username", "alice"],
        ..SERVER
    }]);
}

#[test]
fn a_token_of_a_data_center_that_does_not_answer_needs_a_name_from_the_person() {
    let unavailable = Row { fault: Some(|fault| fault.status(503)), ..SERVER };
    check(&[Row {
        when: "nobody to ask",
        kept: false,
        said: &[
            "git-credential-bitbucket: not checked: code.corp.example answered 503, which says nothing about the sign-in; \
             git will tell whether it works",
            LATER,
            "git-credential-bitbucket: the server does not say whose token this is: add `--username NAME`",
            "hint: see `git-credential-bitbucket --help`",
        ],
        ..unavailable
    }]);
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).person_says(&[("HTTP access token", seeds::HTTP_TOKEN), ("Username", "alice")]);
    desk.configure("[bitbucket \"https://code.corp.example/bitbucket\"]\n\tproduct = datacenter\n");
    sandbox.fault(Fault::at("code.corp.example", "/bitbucket/rest/").status(503));
    desk.git(&["clone", &format!("{}/scm/{}.git", seeds::CODE, seeds::DC_APP), "one"]).succeeds();
    assert!(desk.asked()[1].starts_with("Username"), "{:?}", desk.asked());
}

#[test]
fn a_data_center_that_names_nobody_leaves_the_verdict_to_the_repository_or_to_git() {
    fn anonymous(fault: Fault) -> Fault {
        fault.instead(Reply::typed(200, "application/json", r#"{"displayName":"Bitbucket","version":"9.4.6"}"#))
    }
    check(&[
        Row {
            when: "200 without a user",
            fault: Some(anonymous),
            said: &[
                "git-credential-bitbucket: not checked: code.corp.example answered without saying whom it knows; git will \
                 tell whether it works",
                "hint: something before it may take the sign-in away: ask its administrator",
                "Signed in to code.corp.example/bitbucket as alice; kept in a file only you can read.",
            ],
            arguments: &["--username", "alice"],
            ..SERVER
        },
        Row {
            when: "200 without a user, and the repository opens",
            fault: Some(anonymous),
            arguments: &["--username", "alice", "--for", "prj/app"],
            sent: 2,
            said: &["Signed in to code.corp.example/bitbucket as alice; kept in a file only you can read."],
            ..SERVER
        },
    ]);
}
