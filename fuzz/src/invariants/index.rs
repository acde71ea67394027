//! An index is refused, or loses nothing when it is written again: not a field that a later version wrote, not a digit of it.

use crate::accounts::{Account, Index, Wanted};
use crate::credential::Kind;
use crate::site::Site;
use serde_json::Value;

pub fn hold(bytes: &[u8]) {
    let Ok(mut index) = serde_json::from_slice::<Index>(bytes) else { return };
    let before: Value = serde_json::from_slice(bytes).expect("what is an index is JSON");
    let saved = serde_json::to_vec_pretty(&index).expect("an index is plain data");
    let after = serde_json::from_slice(&saved).expect("JSON");
    holds(&after, &before);
    let again: Index = serde_json::from_slice(&saved).expect("an index, still");
    assert_eq!(serde_json::to_vec_pretty(&again).expect("plain data"), saved);
    choose(&index);
    index.site_mut(&Site::cloud()).keep(Account::new("canary", Kind::ApiToken, "file"));
    later_fields_stay(&before, &serde_json::to_value(&index).expect("plain data"));
}

/// Whatever `before` says is said in `after`; nothing and an empty list or map are the same.
fn holds(after: &Value, before: &Value) {
    match (before, after) {
        (Value::Null, _) => {}
        (Value::Array(list), Value::Null) => assert!(list.is_empty()),
        (Value::Object(map), Value::Null) => assert!(map.values().all(Value::is_null), "a map is lost"),
        (Value::Object(before), Value::Object(after)) => {
            before.iter().for_each(|(key, value)| holds(after.get(key).unwrap_or(&Value::Null), value));
        }
        (Value::Array(before), Value::Array(after)) => {
            assert_eq!(before.len(), after.len());
            before.iter().zip(after).for_each(|(before, after)| holds(after, before));
        }
        _ => assert_eq!(before.to_string(), after.to_string(), "a value drifts"),
    }
}

/// Beside the one new account nothing has changed.
fn later_fields_stay(before: &Value, after: &Value) {
    for (key, value) in before.as_object().into_iter().flatten().filter(|(key, _)| *key != "sites") {
        holds(after.get(key).unwrap_or(&Value::Null), value);
    }
    for (address, entry) in before["sites"].as_object().into_iter().flatten() {
        for (key, value) in entry.as_object().into_iter().flatten().filter(|(key, _)| *key != "accounts") {
            holds(after["sites"][address].get(key).unwrap_or(&Value::Null), value);
        }
    }
}

/// Whoever is asked for, the choice names somebody who is known, or says who is not.
fn choose(index: &Index) {
    for (_, entry) in index.sites() {
        let names = entry.names();
        let first = names.first().map(String::as_str);
        for wanted in [Wanted::default(), Wanted { username: first, place: Some("acme/app"), ..Wanted::default() }] {
            if let Ok(crate::accounts::Choice::One { name, .. }) = entry.choose(wanted) {
                assert!(entry.account(&name).is_some(), "somebody who is not signed in was chosen");
            }
        }
    }
}
