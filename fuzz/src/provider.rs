//! The file of the provider room that reads what comes from outside; the rest of it needs the network.

#[path = "../../src/provider/said.rs"]
pub mod said;
