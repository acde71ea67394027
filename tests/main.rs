//! Stories of people and Git, one file a theme, on the sandbox and with real gits.

mod architecture;
mod browser;
mod clone;
mod conformance;
mod healing;
mod keyring;
mod network;
mod sign_in;
mod stage;
mod terminal;
