//! What a server says of whoever asks makes no name that could forge a line or paint a terminal, and no token that a header
//! cannot carry.

use crate::provider::said;

pub fn hold(bytes: &[u8]) {
    let header = String::from_utf8_lossy(bytes);
    for name in [said::username(bytes), said::encoded_username(&header)].into_iter().flatten() {
        assert!(!name.is_empty() && name.len() <= 255 && name == name.trim());
        assert!(!name.chars().any(char::is_control));
        let escaped: String = name.bytes().map(|byte| format!("%{byte:02x}")).collect();
        assert_eq!(said::encoded_username(&escaped), Some(name));
    }
    if let Some(made) = said::made(bytes) {
        assert!(!made.secret.is_empty() && made.secret.expose().iter().all(u8::is_ascii_graphic));
        assert!(made.expires.is_none_or(|end| end <= u64::MAX / 1000));
        let (text, shown) = (made.secret.expose_text().expect("ASCII"), format!("{made:?}"));
        assert!(text.len() < 16 || made.id.contains(text) || !shown.contains(text), "a token shows");
    }
    let listed = said::scopes(&header);
    assert!(listed.iter().all(|scope| !scope.is_empty() && !scope.contains([' ', ','])));
    assert_eq!(said::scopes(&listed.join(", ")), listed);
    let _ = said::granted(bytes);
}
