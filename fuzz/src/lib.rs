//! The rooms that read bytes from outside, as they stand in `../src` and under the names they have there, and what must hold
//! in each of them whatever comes in: one file of `invariants` for each target. Nothing of this is in the product.

// most of a room is for the rest of the house
#![allow(dead_code, unused_imports)]

#[path = "../../src/accounts/mod.rs"]
mod accounts;
#[path = "../../src/child.rs"]
mod child;
#[path = "../../src/config/mod.rs"]
mod config;
#[path = "../../src/credential.rs"]
mod credential;
#[path = "../../src/error/mod.rs"]
mod error;
#[path = "../../src/files.rs"]
mod files;
mod loopback;
mod oauth;
#[path = "../../src/protocol.rs"]
mod protocol;
mod provider;
#[path = "../../src/secret.rs"]
mod secret;
#[path = "../../src/site.rs"]
mod site;
mod storage;

pub mod invariants;
