//! Stories of people and Git, one file a theme, on the sandbox and with real gits.

mod architecture;
mod bearer;
mod ci;
mod clone;
mod conformance;
mod container;
mod exec;
mod keyring;
mod recipes;
mod sign_in;
mod stage;
mod terminal;
mod token_command;
