//! Stories of people and Git, one file a theme, on the sandbox and with real gits.

mod architecture;
mod cancel;
mod checks;
mod clone;
mod conformance;
mod failed_logins;
mod keyring;
mod leaks;
mod sign_in;
mod stage;
mod strangers;
mod terminal;
