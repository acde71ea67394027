//! Stories of people and Git, one file a theme, on the sandbox and with real gits.

mod architecture;
mod browser;
mod clone;
mod conformance;
mod doctor;
mod expiry;
mod healing;
mod keyring;
mod open_browser;
mod sign_in;
mod stage;
mod terminal;
