//! What a token endpoint says is no answer, or tokens that a header and an answer to Git can carry.

use crate::oauth::{Reply, Tokens};

/// 2026-11-26; any moment would do.
const NOW: u64 = 1_795_651_200;

pub fn hold(bytes: &[u8]) {
    let Ok(reply) = serde_json::from_slice::<Reply>(bytes) else { return };
    let Some(tokens) = reply.into_tokens() else { return };
    let Tokens { access, refresh, lifetime, scopes } = &tokens;
    // a server may well repeat a token among the scopes
    let shown = format!("{:?}", Tokens { scopes: Vec::new(), ..tokens.clone() });
    for token in [Some(access), refresh.as_ref()].into_iter().flatten() {
        assert!(!token.is_empty() && token.expose().iter().all(u8::is_ascii_graphic));
        let text = token.expose_text().expect("ASCII");
        assert!(text.len() < 16 || !shown.contains(text), "a token shows");
    }
    let end = tokens.ends(NOW);
    assert!(end.is_none_or(|end| end >= NOW), "a token that ended before it began");
    assert_eq!(end, lifetime.and_then(|seconds| NOW.checked_add(seconds)));
    assert!(scopes.len() <= bytes.len());
}
