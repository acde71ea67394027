//! `tour` shows the product at work; `serve` keeps the sandbox up for experiments.

use bitbucket_sandbox::{Sandbox, seeds, tour};
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match std::env::args().nth(1).as_deref() {
        Some("tour") => tour::run(),
        Some("serve") => serve(),
        _ => Err("usage: bitbucket-sandbox tour | serve".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bitbucket-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints what is needed to use it, then each request as it comes, until Ctrl-C.
fn serve() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::try_start()?;
    let config = sandbox.folder().join("gitconfig");
    std::fs::write(&config, sandbox.git_config())?;
    println!("git -c include.path={} clone https://bitbucket.org/{}.git\n", config.display(), seeds::APP);
    println!("{:24} {:28} API token {}", "https://bitbucket.org", seeds::ALICE_EMAIL, seeds::API_TOKEN);
    for site in [seeds::CORP.to_owned(), seeds::CODE.to_owned(), sandbox.loopback_site()] {
        println!("{site}  {}  password {}  HTTP token {}", seeds::ALICE, seeds::DC_ALICE_PASSWORD, seeds::HTTP_TOKEN);
    }
    println!("\nRequests:");
    for seen in sandbox.watch() {
        println!("{} {}://{}{} {}", seen.method, seen.scheme, seen.host, seen.target, seen.status);
    }
    Ok(())
}
