//! Stories of people and Git, one file a theme, on the sandbox and with real gits.

mod access_tokens;
mod accounts;
mod architecture;
mod browser;
mod clone;
mod configure;
mod conformance;
mod healing;
mod index;
mod keyring;
mod renamed;
mod sign_in;
mod stage;
mod switch;
mod terminal;
