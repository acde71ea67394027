//! Stories of people and Git, one file a theme, on the sandbox and with real gits.

mod architecture;
mod checks;
mod clone;
mod conformance;
mod keyring;
mod sign_in;
mod stage;
mod strangers;
mod terminal;
