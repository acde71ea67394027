//! Stories of people and Git, one file a theme, on the sandbox and with real gits.

mod accounts;
mod architecture;
mod browser;
mod clone;
mod conformance;
mod healing;
mod import;
mod keyring;
mod open_browser;
mod sign_in;
mod stage;
mod switch;
mod terminal;
