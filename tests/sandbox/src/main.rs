//! `tour` shows the product at work; `serve` keeps the sandbox up for experiments. During the tour, this program also stands
//! where git expects its helper and its askpass program, and in the browser's place.

use bitbucket_sandbox::{serve, tour};
use std::error::Error;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bitbucket-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[OsString]) -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let person = std::env::var_os(tour::PERSON);
    match (words.as_slice(), person) {
        (["overhear", folder, helper, operation], _) => {
            Ok(tour::overhear(Path::new(folder), helper.as_ref(), operation)?.into())
        }
        (["browse", url], Some(folder)) => {
            tour::browse(Path::new(&folder), url).map_err(|trouble| trouble as Box<dyn Error>)?;
            Ok(ExitCode::SUCCESS)
        }
        ([question], Some(folder)) => Ok(answer(Path::new(&folder), question)?),
        (["tour"], None) => tour::run().map(|()| ExitCode::SUCCESS),
        (["serve"], None) => serve::run().map(|()| ExitCode::SUCCESS),
        _ => Err("usage: bitbucket-sandbox tour | serve".into()),
    }
}

fn answer(folder: &Path, question: &str) -> std::io::Result<ExitCode> {
    Ok(match tour::answer_a_question(folder, question)? {
        Some(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        None => ExitCode::FAILURE,
    })
}
