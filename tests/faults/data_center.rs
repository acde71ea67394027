//! What is asked of a company's server about a credential that is kept already, and of a server that nobody knows yet.

use super::Kind::{Elsewhere, Page200, S401, S403, S404, S410, WrongJson};
use super::{CODE, Cell, Ends, GIT_MISSES, Row, SIGNS_OUT, corp_desk, doubted, ends, scene};
use crate::stage::Desk;
use bitbucket_sandbox::{Sandbox, seeds};

const NO_BITBUCKET: &str = "no Bitbucket answers at https://code.corp.example/bitbucket";

fn alice(sandbox: &Sandbox) -> Desk {
    let desk = corp_desk(sandbox);
    desk.signs_in(seeds::CODE, &[], seeds::HTTP_TOKEN).succeeds();
    desk
}

const TOKEN_IN_GET: Row = Row {
    host: "code.corp.example",
    path: "/bitbucket/rest/api/latest/application-properties",
    method: None,
    after: 0,
    most: 1,
    late: false,
    scene: |sandbox| scene(sandbox, doubted(alice(sandbox), CODE, seeds::HTTP_TOKEN)),
    run: |scene| scene.desk.in_time(&["get"], CODE),
    holds: |scene| scene.gives(CODE, seeds::HTTP_TOKEN),
    mostly: GIT_MISSES,
    but: &[
        // it is kept, and not sent again until somebody asks `status` or signs in
        (&[S401], SIGNS_OUT.says("code.corp.example/bitbucket does not accept this HTTP access token")),
        (&[S404], GIT_MISSES.says(NO_BITBUCKET)),
    ],
};

#[test]
fn an_http_access_token_that_is_asked_about_in_get() {
    TOKEN_IN_GET.holds_under_every_fault();
}

#[test]
fn an_http_access_token_that_status_asks_about() {
    const REPORTS: Cell = ends(Ends::Reports(1));
    const ROW: Row = Row {
        scene: |sandbox| scene(sandbox, alice(sandbox)),
        run: |scene| scene.desk.in_time(&["status"], ""),
        mostly: ends(Ends::Reports(0)),
        but: &[
            (&[S401], REPORTS.says("refused by the server")),
            (&[S404], REPORTS.says(NO_BITBUCKET)),
            (&[Elsewhere], REPORTS),
        ],
        ..TOKEN_IN_GET
    };
    ROW.holds_under_every_fault();
}

#[test]
fn a_server_that_only_its_own_header_speaks_for_and_that_is_looked_at_in_get() {
    const LINES: &str = "protocol=https\nhost=code.corp.example\npath=bitbucket/scm/prj/app.git\nwwwauth[]=Basic realm=\"Atlassian Bitbucket\"\n";
    const ROW: Row = Row {
        scene: |sandbox| {
            let answers = [("HTTP access token", seeds::HTTP_TOKEN), ("Username", "alice")];
            scene(sandbox, Desk::at(sandbox).person_says(&answers))
        },
        run: |scene| scene.desk.in_time(&["get"], LINES),
        // nobody was asked, and can be asked again
        but: &[(
            &[S401, S403, S404, S410, Page200, WrongJson],
            GIT_MISSES.says("calls itself Bitbucket, but no Bitbucket answers there"),
        )],
        holds: |scene| scene.desk.asked().is_empty() && scene.gives(LINES, seeds::HTTP_TOKEN),
        ..TOKEN_IN_GET
    };
    ROW.holds_under_every_fault();
}
