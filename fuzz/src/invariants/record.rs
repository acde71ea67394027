//! A sealed record is refused or survives being sealed again; and every secret comes back from every kind of text.

use crate::credential::{Kind, Record, Shape};
use crate::error::Error;
use crate::secret::Secret;
use crate::storage::{Key, line};

/// Later than any moment that a clock will tell.
const LATEST: u64 = 1 << 40;

pub fn hold(bytes: &[u8]) {
    let secret = Secret::new(bytes);
    let _ = Shape::of(&secret);
    match Record::open(&secret) {
        Ok(record) => is_whole(&record),
        Err(error) => assert_eq!(error, Error::RecordUnreadable),
    }
    made_of(bytes);
    kept_as_text(&secret, bytes);
}

fn is_whole(record: &Record) {
    let sealed = record.seal();
    assert!(sealed.fits_a_line(), "gnome-keyring can lose a collection over a newline");
    let again = Record::open(&sealed).expect("just sealed");
    assert_eq!(again.seal(), sealed);
    assert_eq!(
        (&again.secret, &again.refresh, &again.previous_refresh),
        (&record.secret, &record.refresh, &record.previous_refresh)
    );
    assert_eq!((&again.username, again.expires, again.kind), (&record.username, record.expires, record.kind));
    assert!(!record.is_fresh(LATEST) || record.expires.is_none_or(|end| end > LATEST));
    assert!(!record.secret.is_empty() || !record.is_fresh(0));
}

/// Any bytes are a secret, and any text a name.
fn made_of(bytes: &[u8]) {
    let (secret, refresh) = super::two(bytes, b'\n');
    let mut record = Record::new(Kind::Oauth, String::from_utf8_lossy(refresh), Secret::new(secret));
    record.refresh = Some(Secret::new(refresh));
    record.scopes = String::from_utf8_lossy(secret).split(' ').map(str::to_owned).collect();
    is_whole(&record);
}

fn kept_as_text(secret: &Secret, bytes: &[u8]) {
    let key = Key::new("https://bitbucket.org", String::from_utf8_lossy(bytes));
    let text = line::write(&key, secret);
    assert!(!text.contains(['\n', '\r', '\0']));
    assert_eq!(line::read_for(&key, text.as_bytes()), Ok(Some(secret.clone())));
    assert_eq!(line::decode(line::encode(secret).as_bytes()).as_ref(), Ok(secret));
    let other = Key::new("https://evil.example", "eve");
    assert!(matches!(line::read_for(&other, text.as_bytes()), Ok(None)));
    if let Ok((found, secret)) = line::read(bytes) {
        assert_eq!(line::read(line::write(&found, &secret).as_bytes()), Ok((found, secret)));
    }
    let name = key.file_name();
    assert!(name.len() < 128 && !name.starts_with(['.', '-']) && !name.contains(['/', '\\', ':']));
}
