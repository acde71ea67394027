//! What administrators install: handlers like the server's own, behind the same traits. Each file is one plug-in,
//! with its settings as public fields.

mod address;
mod container;
mod jira;
mod phone;
mod tokens;

pub use address::Range;
pub use container::Container;
pub use jira::JiraHeaders;
pub use phone::{Asks, Guards, Phone, PhoneSettings};
pub use tokens::{NoPasswords, PluginToken, TokenPlugin};
