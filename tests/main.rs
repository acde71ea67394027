//! Stories of people and Git, one file a theme, on the sandbox and with real gits.

mod access_tokens;
mod accounts;
mod architecture;
mod bearer;
mod browser;
mod checks;
mod ci;
mod clone;
mod configure;
mod conformance;
mod container;
mod exec;
mod healing;
mod index;
mod keyring;
mod oauth_client;
mod open_browser;
mod page;
mod recipes;
mod renamed;
mod sign_in;
mod stage;
mod strangers;
mod switch;
mod terminal;
mod token_command;
