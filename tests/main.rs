//! Stories of people and Git, one file a theme, on the sandbox and with real gits.

mod accounts;
mod architecture;
mod bearer;
mod browser;
mod ci;
mod clone;
mod conformance;
mod container;
mod exec;
mod healing;
mod keyring;
mod network;
mod oauth_client;
mod open_browser;
mod recipes;
mod sign_in;
mod stage;
mod switch;
mod terminal;
mod token_command;
mod trace;
