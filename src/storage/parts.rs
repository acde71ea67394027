//! Secrets in pieces, for a keyring whose items are small (Windows: 2,560 bytes).
//! Pieces first, head last: whoever reads meets the old secret or the new one, never a mixture.

use keyring_core::{CredentialStore, Entry, Error, Result};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use zeroize::Zeroizing;

/// `CRED_MAX_CREDENTIAL_BLOB_SIZE`.
const LARGEST: usize = 2560;

/// First byte of an item that holds the secret itself, and of a head that tells where its pieces are.
const WHOLE: u8 = b'=';
const HEAD: u8 = b'#';

/// Readers that meet a head whose pieces were just replaced look again, this often.
const ATTEMPTS: u32 = 5;

/// The pieces of one entry.
pub struct Parts<'a> {
    pub store: &'a CredentialStore,
    pub service: &'a str,
    pub user: &'a str,
    pub modifiers: HashMap<&'a str, &'a str>,
}

/// What a head says: the pieces are the items `user#generation#0` and on.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    generation: String,
    count: usize,
    length: usize,
}

impl Parts<'_> {
    /// The secret; `NoEntry` if there is none, `BadStoreFormat` if pieces are missing.
    pub fn get(&self) -> Result<Vec<u8>> {
        let mut result = self.attempt();
        for _ in 1..ATTEMPTS {
            if !matches!(result, Err(Error::BadStoreFormat(_))) {
                break;
            }
            result = self.attempt();
        }
        result
    }

    /// Replaces the secret, and only then removes the pieces of the one before.
    pub fn set(&self, secret: &[u8]) -> Result<()> {
        let old = self.head().ok().flatten();
        let text = self.write_pieces(secret)?;
        if let Err(error) = self.entry(self.user)?.set_secret(&text) {
            let _ = Head::parse(&text).map(|head| self.remove(&head));
            return Err(error);
        }
        old.map_or(Ok(()), |head| self.remove(&head))
    }

    /// Removes the head first, so that nobody meets a secret with pieces missing.
    pub fn delete(&self) -> Result<()> {
        let head = self.head();
        self.entry(self.user)?.delete_credential()?;
        head.ok().flatten().map_or(Ok(()), |head| self.remove(&head))
    }

    fn entry(&self, user: &str) -> Result<Entry> {
        self.store.build(self.service, user, Some(&self.modifiers))
    }

    fn piece(&self, generation: &str, number: usize) -> Result<Entry> {
        self.entry(&format!("{}#{generation}#{number}", self.user))
    }

    fn attempt(&self) -> Result<Vec<u8>> {
        let text = Zeroizing::new(self.entry(self.user)?.get_secret()?);
        match text.split_first() {
            Some((&WHOLE, secret)) => Ok(secret.to_vec()),
            _ => self.gather(&Head::parse(&text).ok_or_else(broken)?),
        }
    }

    fn head(&self) -> Result<Option<Head>> {
        let text = Zeroizing::new(self.entry(self.user)?.get_secret()?);
        Ok(Head::parse(&text))
    }

    fn gather(&self, head: &Head) -> Result<Vec<u8>> {
        let mut secret = Zeroizing::new(Vec::with_capacity(head.count * LARGEST));
        for number in 0..head.count {
            let piece = self.piece(&head.generation, number)?.get_secret();
            secret.extend_from_slice(&Zeroizing::new(piece.map_err(missing)?));
        }
        if secret.len() == head.length { Ok(std::mem::take(&mut *secret)) } else { Err(broken()) }
    }

    /// The text for the head item; pieces that a failure leaves half-written are removed again.
    fn write_pieces(&self, secret: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        if secret.len() < LARGEST {
            return Ok(Zeroizing::new([&[WHOLE], secret].concat()));
        }
        let head = Head { generation: random(), count: secret.len().div_ceil(LARGEST), length: secret.len() };
        let write = |(number, piece)| self.piece(&head.generation, number)?.set_secret(piece);
        if let Err(error) = secret.chunks(LARGEST).enumerate().try_for_each(write) {
            let _ = self.remove(&head);
            return Err(error);
        }
        Ok(Zeroizing::new(head.text().into_bytes()))
    }

    fn remove(&self, head: &Head) -> Result<()> {
        (0..head.count).try_for_each(|number| match self.piece(&head.generation, number)?.delete_credential() {
            Err(Error::NoEntry) => Ok(()),
            result => result,
        })
    }
}

impl Head {
    fn text(&self) -> String {
        format!("{}{} {} {}", char::from(HEAD), self.generation, self.count, self.length)
    }

    /// `None` for whatever we did not write; the count is bounded, as a foreign head could make us ask for ever.
    fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text.strip_prefix(&[HEAD])?).ok()?;
        let mut words = text.split(' ');
        let generation = words.next().filter(|word| word.bytes().all(|byte| byte.is_ascii_hexdigit()))?.to_owned();
        let (count, length) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        (count <= 64 && words.next().is_none()).then_some(Self { generation, count, length })
    }
}

/// A generation that no other writer has, even one that began from the same old head. `RandomState` is seeded by the system.
fn random() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

fn broken() -> Error {
    Error::BadStoreFormat("pieces are missing".into())
}

fn missing(error: Error) -> Error {
    if matches!(error, Error::NoEntry) { broken() } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyring_core::api::{Credential, CredentialApi, CredentialStoreApi};
    use std::any::Any;
    use std::sync::{Arc, Mutex};

    /// A keyring of small items that can be told to fail after some writes.
    #[derive(Clone, Debug, Default)]
    struct Small {
        items: Arc<Mutex<HashMap<String, Vec<u8>>>>,
        writes_left: Arc<Mutex<Option<usize>>>,
    }

    #[derive(Debug)]
    struct Item(Small, String);

    impl CredentialStoreApi for Small {
        fn vendor(&self) -> String {
            "test".into()
        }
        fn id(&self) -> String {
            "test".into()
        }
        fn build(&self, service: &str, user: &str, _: Option<&HashMap<&str, &str>>) -> Result<Entry> {
            Ok(Entry::new_with_credential(Arc::new(Item(self.clone(), format!("{user}|{service}")))))
        }
        fn as_any(&self) -> &dyn Any {
            self
        }
    }

    impl CredentialApi for Item {
        fn set_secret(&self, secret: &[u8]) -> Result<()> {
            assert!(secret.len() <= LARGEST);
            if let Some(left) = self.0.writes_left.lock().expect("whole").as_mut() {
                *left = left.checked_sub(1).ok_or(Error::Invalid("write".into(), "full".into()))?;
            }
            self.0.items.lock().expect("whole").insert(self.1.clone(), secret.to_vec());
            Ok(())
        }
        fn get_secret(&self) -> Result<Vec<u8>> {
            self.0.items.lock().expect("whole").get(&self.1).cloned().ok_or(Error::NoEntry)
        }
        fn delete_credential(&self) -> Result<()> {
            self.0.items.lock().expect("whole").remove(&self.1).map(|_| ()).ok_or(Error::NoEntry)
        }
        fn get_credential(&self) -> Result<Option<Arc<Credential>>> {
            Ok(None)
        }
        fn get_specifiers(&self) -> Option<(String, String)> {
            None
        }
        fn as_any(&self) -> &dyn Any {
            self
        }
    }

    fn parts(store: &Small) -> Parts<'_> {
        Parts { store, service: "s", user: "alice@https://bitbucket.org", modifiers: HashMap::new() }
    }

    #[test]
    fn every_length_comes_back_and_nothing_is_left_behind() {
        let store = Small::default();
        for length in [8192, 0, 1, LARGEST - 1, LARGEST, LARGEST + 1, LARGEST * 2, 20_000, 5] {
            let secret: Vec<u8> = (0..=255).cycle().take(length).collect();
            parts(&store).set(&secret).expect("kept");
            assert_eq!(parts(&store).get().expect("read"), secret);
            let items = store.items.lock().expect("whole").len();
            assert_eq!(items, if length < LARGEST { 1 } else { 1 + length.div_ceil(LARGEST) });
        }
        parts(&store).delete().expect("deleted");
        assert!(store.items.lock().expect("whole").is_empty());
        assert!(matches!(parts(&store).delete(), Err(Error::NoEntry)));
        assert!(matches!(parts(&store).get(), Err(Error::NoEntry)));
    }

    #[test]
    fn after_a_write_that_failed_anywhere_the_old_secret_is_still_there() {
        let store = Small::default();
        parts(&store).set(&[b'o'; 6000]).expect("kept");
        let before = store.items.lock().expect("whole").len();
        for writes in 0..4 {
            *store.writes_left.lock().expect("whole") = Some(writes);
            assert!(parts(&store).set(&[b'n'; 6000]).is_err());
            assert_eq!(parts(&store).get().expect("read"), [b'o'; 6000]);
            assert_eq!(store.items.lock().expect("whole").len(), before, "after {writes} writes");
        }
    }

    #[test]
    fn a_head_that_we_did_not_write_is_an_error_not_a_loop() {
        let store = Small::default();
        for text in ["", "x", "#", "#zz 1 1", "#00 65 1", "#00 1", "#00 1 1 1", "#00 1 1"] {
            store
                .build("s", "alice@https://bitbucket.org", None)
                .and_then(|entry| entry.set_secret(text.as_bytes()))
                .expect("set");
            assert!(matches!(parts(&store).get(), Err(Error::BadStoreFormat(_))), "{text}");
        }
    }
}
