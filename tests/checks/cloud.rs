//! What bitbucket.org answers.

use super::{CLOUD, IN_DOUBT, RULE, Row, WRONG, WRONG_HINT, check, check_at};
use crate::stage::Desk;
use bitbucket_sandbox::cloud::Token;
use bitbucket_sandbox::{Sandbox, seeds};

#[test]
fn the_cloud_says_who_it_is_or_refuses() {
    check(&[
        Row { when: "200", said: &["Signed in to bitbucket.org as alice; kept in a file only you can read."], ..CLOUD },
        Row {
            when: "200, and the token may not push",
            secret: seeds::API_TOKEN_READ_ONLY,
            said: &[
                "git-credential-bitbucket: this token cannot push: it lacks the scope write:repository:bitbucket",
                "Signed in to bitbucket.org as alice; kept in a file only you can read.",
            ],
            ..CLOUD
        },
        Row { when: "401", secret: "ATATT3xFfGF0wrong", kept: false, said: &[WRONG, WRONG_HINT], ..CLOUD },
        Row {
            when: "401, made without scopes",
            secret: seeds::API_TOKEN_UNSCOPED,
            kept: false,
            said: &[WRONG, WRONG_HINT],
            ..CLOUD
        },
        Row {
            when: "410 to what has no token's shape: an app password of the first years",
            secret: "canaryOfTheFirstYears",
            fault: Some(|fault| fault.status(410)),
            kept: false,
            said: &[
                "git-credential-bitbucket: bitbucket.org does not accept app passwords any more",
                "hint: make an API token with scopes: https://id.atlassian.com/manage-profile/security/api-tokens",
            ],
            ..CLOUD
        },
        Row {
            when: "an app password, by its shape",
            secret: seeds::APP_PASSWORD,
            sent: 0,
            kept: false,
            said: &[
                "git-credential-bitbucket: bitbucket.org does not accept app passwords any more",
                "hint: make an API token with scopes: https://id.atlassian.com/manage-profile/security/api-tokens",
            ],
            ..CLOUD
        },
    ]);
}

#[test]
fn a_403_that_lists_scopes_proves_the_token() {
    check(&[Row { when: "403 with scopes", secret: seeds::API_TOKEN_GIT_ONLY, said: &[IN_DOUBT], ..CLOUD }]);
    let sandbox = Sandbox::start();
    const LITTLE: &str = "ATATT3xFfGF0canary-pull-requests-only";
    sandbox.cloud(|cloud| cloud.add_token(Token::api(LITTLE, seeds::ALICE, &["read:pullrequest:bitbucket"])));
    let row = Row {
        when: "403 with scopes, none of them for repositories",
        secret: LITTLE,
        said: &[
            "git-credential-bitbucket: this token cannot clone or push: it lacks the scopes read:repository:bitbucket and \
             write:repository:bitbucket",
            IN_DOUBT,
        ],
        ..CLOUD
    };
    check_at(&sandbox, &Desk::at(&sandbox), &row);
}

#[test]
fn a_403_without_scopes_leaves_the_verdict_to_the_wanted_repository_or_to_git() {
    let forbidden = Row { fault: Some(|fault| fault.html(403)), ..CLOUD };
    check(&[
        Row {
            when: "403, no repository to try it on",
            said: &[
                "git-credential-bitbucket: not checked: bitbucket.org answered 403, which says nothing about the sign-in; \
                 git will tell whether it works",
                RULE,
                IN_DOUBT,
            ],
            ..forbidden
        },
        Row {
            when: "403, and the repository opens",
            arguments: &["--username", seeds::ALICE_EMAIL, "--for", "acme/app"],
            sent: 2,
            said: &[IN_DOUBT],
            ..forbidden
        },
        Row {
            when: "403, and the repository refuses",
            arguments: &["--username", seeds::ALICE_EMAIL, "--for", "acme/app"],
            secret: "ATATT3xFfGF0wrong",
            sent: 2,
            kept: false,
            said: &[WRONG, WRONG_HINT],
            ..forbidden
        },
    ]);
}

#[test]
fn a_server_that_cannot_be_reached_or_trusted_gets_no_secret_and_refuses_nobody() {
    let (sandbox, other) = (Sandbox::start(), Sandbox::start());
    let desk = Desk::at(&sandbox);
    desk.configure(&format!("[http]\n\tsslCAInfo = {}\n", other.ca_file().display()));
    let said = &[
        "git-credential-bitbucket: not checked: the certificate of api.bitbucket.org is not trusted; git will tell whether \
         it works",
        "hint: if your company has its own CA: `git config --global http.sslCAInfo FILE`",
        IN_DOUBT,
    ];
    check_at(&sandbox, &desk, &Row { when: "a foreign certificate", sent: 0, said, ..CLOUD });

    for (desk, address, words) in [
        (Desk::at(&sandbox), "https://down.example", "not checked: the proxy does not reach down.example"),
        (Desk::alone(), "https://127.0.0.1:1", "not checked: cannot reach 127.0.0.1:1"),
    ] {
        let login = desk.signs_in(address, &["--username", "alice"], seeds::HTTP_TOKEN_LEGACY).succeeds();
        assert!(login.err.contains(words), "{}", login.err);
    }
}

#[test]
fn an_access_token_is_tried_on_a_repository_or_accepted_with_a_word() {
    let token = Row { secret: seeds::REPO_TOKEN, arguments: &[], ..CLOUD };
    check(&[
        Row {
            when: "no repository",
            sent: 0,
            said: &[
                "git-credential-bitbucket: not checked: there was no repository to try it on; git will tell whether it works",
                "hint: to have it checked: `login --for WORKSPACE/REPOSITORY`, or an API token's `--username E-MAIL`",
                "Signed in to bitbucket.org as x-token-auth; kept in a file only you can read.",
            ],
            ..token
        },
        Row {
            when: "another repository",
            arguments: &["--for", "acme/lib"],
            kept: false,
            said: &[
                "git-credential-bitbucket: bitbucket.org does not accept this access token",
                "hint: it is wrong, expired, or made for another repository",
            ],
            ..token
        },
    ]);
}
