//! What administrators do to a Data Center, as the sandbox does it: each file one theme, with plain requests, and
//! with real gits where git's behaviour matters.

mod access_tokens;
mod ages;
mod basic_off;
mod captcha;
mod certificates;
mod chain;
mod client;
mod desk;
mod ldap;
mod phone;
mod sign_on;
mod token_plugin;
mod two_step;

use bitbucket_sandbox::{Sandbox, data_center::DataCenter, seeds};

/// Whoever is known is named on the answer; nobody is refused who offers nothing.
const PROPERTIES: &str = "/rest/api/latest/application-properties";

/// A sandbox whose `git.corp.example` has been set up so.
fn corp(set_up: impl FnOnce(&mut DataCenter)) -> Sandbox {
    let sandbox = Sandbox::start();
    sandbox.data_center(seeds::CORP, set_up);
    sandbox
}

/// How often signing in as Alice has failed.
fn alice_failed(sandbox: &Sandbox) -> u32 {
    sandbox.data_center(seeds::CORP, |site| site.directory.failures.of(seeds::ALICE).wrong)
}
