//! What must hold in each room for all bytes: `hold(bytes)` panics where it does not.

pub mod callback;
pub mod config;
pub mod index;
pub mod profile;
pub mod protocol;
pub mod record;
pub mod site;
pub mod token;

/// The bytes before and after the first of these, as two things to say; the second is empty where there is none.
fn two(bytes: &[u8], divider: u8) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == divider).unwrap_or(bytes.len());
    (&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
}
