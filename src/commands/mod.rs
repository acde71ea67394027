//! The command line: what can be typed, and which file answers it. `ls src/commands` reads like `--help`.

mod accounts;
mod capability;
mod complete_words;
mod completions;
mod configure;
mod doctor;
mod erase;
mod exec;
mod get;
mod import;
mod login;
mod logout;
mod man;
mod moving;
mod oauth_client;
mod open_browser;
mod status;
mod store;
mod switch;
mod token;
mod unconfigure;

use crate::config::Environment;
use crate::error::{Error, Exit, Result};
use crate::site::Site;
use crate::trace;
use crate::world::{Wishes, World};
use clap::{Parser, Subcommand};
use std::fs::File;

/// The Git credential helper for Bitbucket Cloud and Data Center
///
/// Git calls it by itself once your git config says `credential.helper = bitbucket`. People need `login`, now and then.
#[derive(Debug, Parser)]
#[command(name = "git-credential-bitbucket", version, disable_help_subcommand = true, after_help = AFTER_HELP)]
struct CommandLine {
    /// Where secrets rest: auto, keyring, file, pass, cache or none
    #[arg(long, value_name = "NAME")]
    storage: Option<String>,

    /// Ask nobody anything
    #[arg(long)]
    no_input: bool,

    /// Say what is decided and requested (as GIT_TRACE_BITBUCKET=1 does)
    #[arg(short, long)]
    verbose: bool,

    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Git calls get, store and erase; settings are in git config, section `bitbucket`.
Exit codes: 0 done, or nothing to say; 1 failed; 2 wrong usage; 4 someone must sign in.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Sign in: with the browser, a token or a password
    Login(login::Arguments),
    /// Forget an account
    Logout(logout::Arguments),
    /// List who is signed in where
    Accounts(accounts::Arguments),
    Switch(switch::Arguments),
    Status(status::Arguments),
    Doctor(doctor::Arguments),
    Import(import::Arguments),
    /// Print one fresh secret, for scripts
    Token(token::Arguments),
    /// Run one command with a credential; nothing touches the disk
    Exec(exec::Arguments),
    Configure(configure::Arguments),
    /// Take back what `configure` wrote
    Unconfigure(configure::Target),
    /// Answer Git's question (Git calls this)
    Get,
    /// Hear that a credential worked (Git calls this)
    Store,
    /// Hear that a credential was refused (Git calls this)
    Erase,
    /// Say which parts of Git's protocol are spoken (Git calls this)
    Capability,
    /// Print the completions for a shell
    Completions(completions::Arguments),
    /// Print the manual page
    Man,
    /// Say what may stand next on a command line (the completions call this)
    #[command(hide = true)]
    CompleteWords(complete_words::Arguments),
    /// Open the address on stdin in the browser (we call this)
    #[command(hide = true)]
    OpenBrowser,
    /// Whatever a later Git may call
    #[command(external_subcommand)]
    Unknown(#[expect(dead_code, reason = "clap wants a place for the words")] Vec<String>),
}

impl CommandLine {
    /// What Git says where nobody gave it options: one word, understood without setting up a parser for twenty commands.
    fn of_git() -> Option<Self> {
        let mut words = std::env::args_os().skip(1);
        let (word, rest) = (words.next()?, words.next());
        let command = match (word.to_str()?, rest) {
            ("get", None) => Command::Get,
            ("store", None) => Command::Store,
            ("erase", None) => Command::Erase,
            _ => return None,
        };
        Some(Self { storage: None, no_input: false, verbose: false, command })
    }
}

/// Parses, opens the world and runs; what went wrong has been said when this returns an error.
pub fn run() -> Result<Exit> {
    let out = claim_stdout()?;
    let environment = Environment::of_this_process();
    let line = match CommandLine::of_git().map_or_else(CommandLine::try_parse, Ok) {
        Ok(line) => line,
        Err(error) => return Ok(explain_usage(&error, out)),
    };
    trace::start(&environment, line.verbose);
    // whoever looks for what is wrong must not be stopped by a question
    let no_input = line.no_input || matches!(line.command, Command::Doctor(_));
    let world = World::new(environment, Wishes { storage: line.storage, no_input }, out);
    let from_git = matches!(line.command, Command::Get | Command::Store | Command::Erase);
    let outcome = dispatch(&world, line.command);
    match &outcome {
        Ok(_) | Err(Error::Stdout) => {}
        Err(error) if from_git => world.report_to_git(error),
        Err(error) => world.report(error),
    }
    outcome
}

fn dispatch(world: &World, command: Command) -> Result<Exit> {
    match command {
        Command::Get => get::run(world),
        Command::Store => store::run(world),
        Command::Erase => erase::run(world),
        Command::Capability => capability::run(world),
        Command::Login(arguments) => login::run(world, arguments),
        Command::Logout(arguments) => logout::run(world, &arguments),
        Command::Accounts(arguments) => accounts::run(world, &arguments),
        Command::Switch(arguments) => switch::run(world, &arguments),
        Command::Status(arguments) => status::run(world, &arguments),
        Command::Import(arguments) => import::run(world, &arguments),
        Command::Doctor(arguments) => doctor::run(world, &arguments),
        Command::Token(arguments) => token::run(world, &arguments),
        Command::Exec(arguments) => exec::run(world, &arguments),
        Command::Configure(arguments) => configure::run(world, &arguments),
        Command::Unconfigure(target) => unconfigure::run(world, &target),
        Command::Completions(arguments) => completions::run(world, &arguments),
        Command::Man => man::run(world),
        Command::CompleteWords(arguments) => complete_words::run(world, &arguments),
        Command::OpenBrowser => open_browser::run(world),
        Command::Unknown(_) => unknown(),
    }
}

/// A later Git's operation is none of our business (gitcredentials, "CUSTOM HELPERS"); a person's typing error is.
fn unknown() -> Result<Exit> {
    use std::io::IsTerminal;
    match std::io::stdin().is_terminal() {
        true => Err(Error::Usage("there is no such command".into())),
        false => Ok(Exit::Done),
    }
}

fn explain_usage(error: &clap::Error, mut out: File) -> Exit {
    use std::io::Write;
    let asked_for = !error.use_stderr();
    let text = error.render().to_string();
    let target: &mut dyn Write = if asked_for { &mut out } else { &mut std::io::stderr() };
    // whoever closed the stream does not want to read it
    let _ = target.write_all(text.as_bytes());
    if asked_for { Exit::Done } else { Exit::Usage }
}

/// Takes the real stdout away from everything else: what a library or a child prints lands on stderr, and only the answer
/// on Git's pipe (T3 of the security checklist).
#[cfg(unix)]
fn claim_stdout() -> Result<File> {
    let own = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3).map_err(|_| Error::Stdout)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr()).map_err(|_| Error::Stdout)?;
    Ok(File::from(own))
}

#[cfg(windows)]
fn claim_stdout() -> Result<File> {
    use std::os::windows::io::AsHandle;
    let own = std::io::stdout().as_handle().try_clone_to_owned().map_err(|_| Error::Stdout)?;
    Ok(File::from(own))
}

/// The site that a person names, or the Cloud.
fn site_or_cloud(typed: Option<&str>) -> Result<Site> {
    typed.map_or_else(|| Ok(Site::cloud()), Site::parse)
}

/// The site that a person names, or the only one that is known, or the Cloud.
fn site_meant(world: &World, typed: Option<&str>) -> Result<Site> {
    let index = world.index()?;
    let mut known = index.sites().map(|(site, _)| site);
    match (typed, known.next(), known.next()) {
        (None, Some(only), None) => Ok(only),
        (typed, ..) => site_or_cloud(typed),
    }
}

/// The same for scripts, whose environment may name it.
fn site_or_named(world: &World, typed: Option<&str>) -> Result<Site> {
    match typed {
        Some(typed) => Site::parse(typed),
        None => Ok(world.environment.named_site()?.unwrap_or_else(Site::cloud)),
    }
}
