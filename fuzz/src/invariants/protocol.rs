//! What Git says is refused or understood in one way only, and what we say can be read back as it was meant.

use crate::protocol::{Answer, Request};
use crate::secret::Secret;

/// Every key that may leave us (P9 of the security checklist).
const KEYS: [&[u8]; 11] = [
    b"capability[]",
    b"authtype",
    b"credential",
    b"ephemeral",
    b"username",
    b"password",
    b"oauth_refresh_token",
    b"password_expiry_utc",
    b"state[]",
    b"continue",
    b"quit",
];

pub fn hold(bytes: &[u8]) {
    let Ok(request) = Request::read(bytes) else { return };
    assert!(bytes.len() <= 1 << 20 || has_an_end(bytes), "more than 1 MiB was read");
    for chooser in [&request.protocol, &request.host, &request.path, &request.username].into_iter().flatten() {
        let is_control = |byte: &u8| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f;
        assert!(!chooser.iter().any(is_control), "a control character chooses whose secret is given");
    }
    assert!(request.place().is_err() || request.host.as_ref().is_some_and(|host| !host.is_empty()));
    assert!(request.username() != Some(String::new()));
    let _ = (request.own_state().count(), request.has_data_center_realm(), request.is_for_a_key());
    no_key_was_said_twice(bytes, &request);
    what_follows_the_end_is_not_read(bytes, &request);
    answer_is_read_back(&request);
}

/// Whether a blank line ends the request before the limit.
fn has_an_end(bytes: &[u8]) -> bool {
    let head = &bytes[..1 << 20];
    head.windows(2).any(|two| two == b"\n\n") || head.windows(3).any(|three| three == b"\n\r\n") || head[0] == b'\n'
}

/// A key with two values has been refused, unless an address replaced what stood before it.
fn no_key_was_said_twice(bytes: &[u8], request: &Request) {
    let lines = || bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let said = || lines().take_while(|line| !line.is_empty());
    if said().any(|line| line.starts_with(b"url=")) {
        return;
    }
    for (key, value) in [(&b"host="[..], &request.host), (b"protocol=", &request.protocol)] {
        assert!(said().filter_map(|line| line.strip_prefix(key)).all(|said| Some(said) == value.as_deref()));
    }
}

fn what_follows_the_end_is_not_read(bytes: &[u8], request: &Request) {
    if bytes.len() < 1 << 19 && !bytes.last().is_some_and(|last| b"\r\n".contains(last)) && !bytes.is_empty() {
        let more = [bytes, b"\n\nhost=evil.example\nusername=eve\n"].concat();
        let again = Request::read(&more[..]).expect("what was fine without it");
        assert_eq!(
            (&again.host, &again.username, &again.password),
            (&request.host, &request.username, &request.password)
        );
    }
}

/// Whatever came in, as an answer of ours: it is refused as a whole, or each line of it comes back.
fn answer_is_read_back(request: &Request) {
    let answer = Answer {
        username: request.username.clone(),
        password: request.password.clone(),
        authtype: request.authtype.clone(),
        credential: request.credential.clone(),
        refresh: request.refresh.clone(),
        expires: request.expires,
        ephemeral: request.ephemeral,
        state: request.own_state().next().map(str::to_owned),
        resume: request.knows_state,
        quit: request.knows_authtype,
    };
    let Ok(bytes) = answer.to_bytes() else {
        let secrets = [&request.password, &request.credential, &request.refresh].into_iter().flatten();
        let texts = [&request.authtype, &request.username].into_iter().flatten().map(Vec::as_slice);
        let states = request.own_state().map(str::as_bytes);
        let mut all = secrets.map(Secret::expose).chain(texts).chain(states);
        return assert!(all.any(|value| value.iter().any(|byte| b"\r\n\0".contains(byte))), "refused without a reason");
    };
    let lines: Vec<&[u8]> =
        bytes.strip_suffix(b"\n").map_or(Vec::new(), |text| text.split(|byte| *byte == b'\n').collect());
    let mut keys: Vec<&[u8]> = lines.iter().map(|line| super::two(line, b'=').0).collect();
    assert!(keys.iter().all(|key| KEYS.contains(key)), "a key that is none of ours");
    keys.retain(|key| *key != b"capability[]");
    keys.sort();
    assert!(keys.windows(2).all(|two| two[0] != two[1]), "one key, two lines");
    let Ok(back) = Request::read(&bytes[..]) else { panic!("our own answer is refused") };
    assert_eq!((&back.username, &back.password), (&answer.username, &answer.password));
    assert_eq!(
        (&back.authtype, &back.credential, &back.refresh),
        (&answer.authtype, &answer.credential, &answer.refresh)
    );
    assert_eq!((back.expires, back.ephemeral), (answer.expires, answer.ephemeral));
    assert_eq!(back.own_state().next(), answer.state.as_deref());
}
