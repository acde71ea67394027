//! Every call of a storage, through the commands that make it, in every state that a storage, or the list of accounts, can be in.
//! When the state is over, whoever was signed in still is.

mod cache;
mod file;
mod keyring;
mod pass;

use crate::import::passwords::Passwords;
use crate::stage::{Bus, Desk, Done};
use bitbucket_sandbox::{Sandbox, seeds};

const ALICE: &str = "protocol=https\nhost=bitbucket.org\nusername=alice\n";
const CLIENT: &str = "protocol=https\nhost=bitbucket.org\nusername=x-token-auth\n";

/// The commands, by what they ask of a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Reads.
    Get,
    /// Writes over a record: Git's verdict on another secret.
    Store,
    /// Writes a doubt.
    Erase,
    /// Reads, for a person.
    Status,
    /// Looks at the list of accounts alone.
    Accounts,
    /// Writes the list alone.
    Switch,
    /// Lists what a storage names, and reads it.
    Rebuild,
    /// Reads, and reports.
    Doctor,
    /// Reads, writes twice.
    Refresh,
    /// Writes a new record.
    Login,
    /// Deletes.
    Logout,
}

use Call::{Accounts, Doctor, Erase, Get, Login, Logout, Rebuild, Refresh, Status, Store, Switch};

const ALL: [Call; 11] = [Get, Status, Accounts, Doctor, Rebuild, Switch, Erase, Refresh, Store, Login, Logout];

impl Call {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Get => &["get"],
            Store => &["store"],
            Erase => &["erase"],
            Status => &["status", "--offline"],
            Accounts => &["accounts"],
            Switch => &["switch", "bitbucket.org", "alice", "--for", "acme"],
            Rebuild => &["accounts", "--rebuild"],
            Doctor => &["doctor", "bitbucket.org"],
            Refresh => &["get"],
            Login => &["login", "--with-token", "--username", seeds::BOB_EMAIL],
            Logout => &["logout", "bitbucket.org", "--username", "alice"],
        }
    }

    fn stdin(self) -> String {
        match self {
            Get => ALICE.to_owned(),
            Store => format!("{ALICE}password={}\n", seeds::API_TOKEN_GIT_ONLY),
            Erase => format!("{ALICE}password={}\n", seeds::API_TOKEN),
            Refresh => CLIENT.to_owned(),
            Login => seeds::API_TOKEN_BOB.to_owned(),
            _ => String::new(),
        }
    }
}

/// How a call ends.
#[derive(Debug, Clone, Copy)]
pub enum Outcome {
    /// As on any other day.
    Works,
    /// It has these words, on stderr with a hint or in its report.
    Says(&'static str),
}

use Outcome::{Says, Works};

/// Somebody's machine, and what keeps secrets there.
pub struct Keeper {
    pub desk: Desk,
    pub sandbox: Sandbox,
    pub bus: Option<Bus>,
    #[expect(dead_code, reason = "held, not read")]
    pub passwords: Option<Passwords>,
}

/// A state, and the outcome of every call in it.
pub struct State {
    /// Brings it about.
    pub enter: fn(&mut Keeper),
    /// Runs the helper in it; `None` where this machine cannot have it.
    pub run: fn(&Desk, &[&str], &str) -> Option<Done>,
    /// Ends it.
    pub leave: fn(&mut Keeper),
    pub calls: &'static [Call],
    pub mostly: Outcome,
    pub but: &'static [(&'static [Call], Outcome)],
}

impl State {
    /// One call after the other, each in the state, with a look between them at what is left.
    #[track_caller]
    fn loses_nothing(&self, mut keeper: Keeper) {
        keeper.signs_in();
        let wrong: Vec<String> = self.calls.iter().filter_map(|call| self.wrong_in(*call, &mut keeper)).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn wrong_in(&self, call: Call, keeper: &mut Keeper) -> Option<String> {
        if call == Refresh {
            keeper.tokens_are_refused();
        }
        (self.enter)(keeper);
        let done = (self.run)(&keeper.desk, call.arguments(), &call.stdin())?;
        (self.leave)(keeper);
        let outcome = self.but.iter().find(|(calls, _)| calls.contains(&call)).map_or(self.mostly, |(_, known)| *known);
        let wrong = match () {
            () if !outcome.is(call, &done) => "it ends otherwise",
            () if call != Logout && !keeper.gives_both() => "a living secret is lost",
            () => return None,
        };
        let out: Vec<&str> = done
            .out
            .lines()
            .filter(|line| !line.starts_with("  ok"))
            .map(|line| &line[..line.len().min(150)])
            .collect();
        Some(format!("{call:?} ({outcome:?}): {wrong}\n  {}, {out:#?}\n{}", done.code, done.err))
    }
}

impl Keeper {
    fn of(sandbox: Sandbox, desk: Desk) -> Self {
        Self { desk, sandbox, bus: None, passwords: None }
    }

    /// Alice with her token, and a client with its own.
    fn signs_in(&self) {
        self.desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
        let configure = ["configure", "--oauth-client", seeds::CONSUMER_ID, "--with-secret"];
        self.desk.helper(&configure, seeds::CONSUMER_SECRET).succeeds();
        self.desk.helper(&["login", "--client"], "").succeeds();
        self.desk.helper(&["switch", "bitbucket.org", "alice"], "").succeeds();
        assert!(self.gives_both());
    }

    /// The client's next answer needs a new token.
    fn tokens_are_refused(&self) {
        let token = self.desk.get(CLIENT).value("password").expect("a token").to_owned();
        assert!(self.sandbox.revoke(&token));
        self.desk.helper(&["erase"], format!("{CLIENT}password={token}\n")).succeeds();
    }

    /// Whether Git is given what belongs to both of them, and nobody asked.
    fn gives_both(&self) -> bool {
        [ALICE, CLIENT].iter().all(|lines| self.desk.get(lines).value("password").is_some())
    }
}

/// As on any other day.
fn in_time(desk: &Desk, arguments: &[&str], stdin: &str) -> Option<Done> {
    Some(desk.in_time(arguments, stdin))
}

impl Outcome {
    fn is(self, call: Call, done: &Done) -> bool {
        let lines: Vec<&str> = done.err.lines().collect();
        match self {
            Works => done.code == 0 && !done.err.contains("cannot"),
            Says(words) => {
                let message = lines.iter().position(|line| line.contains(words));
                let told = message.is_some_and(|at| lines.get(at + 1).is_some_and(|line| line.starts_with("hint: ")));
                let few = !matches!(call, Get | Store | Erase | Refresh) || lines.len() == 2;
                let empty = !matches!(call, Get | Refresh) || done.out.is_empty();
                told && few && empty || matches!(call, Status | Doctor | Rebuild) && done.out.contains(words)
            }
        }
    }
}
