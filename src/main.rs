//! # The map of the house
//!
//! `git-credential-bitbucket` answers Git's question "which username and password?" for Bitbucket Cloud and Data Center.
//! A request comes in by stdin, passes these rooms from right to left, and its answer leaves by stdout:
//!
//! ```text
//! main ▶ commands ▶ resolve ▶ world ▶ provider ▶ oauth · foreign ▶ http · storage · accounts · prompt ▶ config · files · loopback · callers ▶ child ▶ protocol · site ▶ credential ▶ secret · calendar · error
//! ```
//!
//! | room | what it keeps |
//! |---|---|
//! | `secret` | a text that cannot be printed, is wiped, and opens only by `expose()` |
//! | `calendar` | days and dates, as people and servers write them |
//! | `error` | every way to fail, sorted by who can act next: message, hint, exit code |
//! | `credential` | the kinds of credential, expiry, and the sealed text a record becomes |
//! | `site` | the only maker of a site: strict host, port, context path |
//! | `protocol` | Git's `key=value`, in and out |
//! | `files` | private files, replaced whole, and locks that die with their holder |
//! | `callers` | the gits above this process, and whether one of them has gone |
//! | `loopback` | a guarded web server on this machine, for a browser that comes back |
//! | `child` | one program run with limits, its secret on stdin |
//! | `config` | every setting, read once; the only reader of the environment, the only reader and writer of git config |
//! | `http` | the one client: proxy, certificates, limits; no cookies, no redirects |
//! | `accounts` | the index: who is signed in where, active, rules; and whom a request means |
//! | `prompt` | asking a person: terminal, askpass, a page in the browser; opening the browser |
//! | `storage` | where secrets rest: keyring, file, pass, cache, none |
//! | `foreign` | what other credential helpers keep: found in their layouts, opened, removed |
//! | `oauth` | OAuth 2.0: the address to open, the answer to trust, tokens for a code or a refresh token |
//! | `provider` | the two products: what each says of a credential, and where people make one |
//! | `world` | what is outside the process, each part opened when first needed |
//! | `resolve` | the decision: handed in › stored and fresh › healed › asked › nothing |
//! | `commands` | one file a command |
//!
//! Arrows point one way: a room may use any room to its right, none to its left, none beside it. `tests/architecture.rs`
//! holds them to it. What is written where: `accounts.json` (no secret in it), `locks/`, with notes of a
//! line beside them, and, with the file storage, `records/` in the data folder; nothing else.

mod accounts;
mod calendar;
mod callers;
mod child;
mod commands;
mod config;
mod credential;
mod error;
mod files;
mod foreign;
mod http;
mod loopback;
mod oauth;
mod prompt;
mod protocol;
mod provider;
mod resolve;
mod secret;
mod site;
mod storage;
mod trace;
mod world;

use error::{Error, Exit};
use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = match commands::run() {
        Ok(exit) => exit,
        // whoever closed our stdout does not want to hear about it
        Err(Error::Stdout) => Exit::Failed,
        Err(error) => error.exit(),
    };
    ExitCode::from(exit.code())
}
