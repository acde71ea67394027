//! Where the Secret Service keeps things, and whether it is open: collections, locks, and the prompts that open them.
//! A prompt is shown only where a person is there; everywhere else it is refused unseen.

use super::bus::Bus;
use super::message::{Body, Call, Reader};
use super::secret_service::{ROOT, SERVICE, object};
use crate::error::{Error, Result};
use rustbus::wire::ObjectPath;
use rustbus::wire::unmarshal::traits::Variant;
use std::collections::HashMap;

/// An object path.
pub type Path = String;

const INTERFACE: &str = "org.freedesktop.Secret.Service";
const PROMPT: &str = "org.freedesktop.Secret.Prompt";

/// No object (Secret Service API: "or the special value '/'").
const NOTHING: &str = "/";

/// The collection for new items: the default one, or the login collection where no default is set.
/// Never `session`, which forgets at logout without a word.
pub fn collection(bus: &mut Bus) -> Result<Option<Path>> {
    for alias in ["default", "login"] {
        let call = Call { to: SERVICE, on: ROOT, of: INTERFACE, member: "ReadAlias" };
        let answer = bus.ask(&call, Body::new().with(alias)?)?;
        let path = answer.values("o")?.next::<ObjectPath<&str>>()?.as_ref().to_owned();
        if path != NOTHING {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The same, or a new one whose password the person chooses; `KeyringWithoutCollection` where nobody is there.
pub fn collection_or_new(bus: &mut Bus, person: bool) -> Result<Path> {
    match collection(bus)? {
        Some(path) => Ok(path),
        None if person => create(bus).map_err(|error| match error {
            // the person declined, or no prompt could be shown
            Error::KeyringLocked => Error::KeyringWithoutCollection,
            error => error,
        }),
        None => Err(Error::KeyringWithoutCollection),
    }
}

fn create(bus: &mut Bus) -> Result<Path> {
    let properties = HashMap::from([("org.freedesktop.Secret.Collection.Label", Label::Text("Default keyring"))]);
    let call = Call { to: SERVICE, on: ROOT, of: INTERFACE, member: "CreateCollection" };
    let answer = bus.ask(&call, Body::new().with(&properties)?.with("default")?)?;
    let mut values = answer.values("oo")?;
    let (made, prompt) = (values.next::<ObjectPath<&str>>()?, values.next::<ObjectPath<&str>>()?);
    settle(bus, made.as_ref(), prompt.as_ref(), true)
}

#[derive(rustbus::Marshal, rustbus::Signature)]
enum Label<'a> {
    Text(&'a str),
}

/// Unlocks objects, by a prompt if need be; `KeyringLocked` if nobody is there or the person declines.
pub fn unlock(bus: &mut Bus, paths: &[Path], person: bool) -> Result<()> {
    // Asked of nobody: even the question can raise a dialog in some services.
    if !person {
        return Err(Error::KeyringLocked);
    }
    let objects = paths.iter().map(|path| object(path)).collect::<Result<Vec<_>>>()?;
    let call = Call { to: SERVICE, on: ROOT, of: INTERFACE, member: "Unlock" };
    let answer = bus.ask(&call, Body::new().with(objects)?)?;
    let mut values = answer.values("aoo")?;
    self::paths(&mut values)?;
    let prompt = values.next::<ObjectPath<&str>>()?;
    settle(bus, NOTHING, prompt.as_ref(), person).map(|_| ())
}

/// What a call made: at once, or after its prompt was answered.
pub fn settle(bus: &mut Bus, made: &str, prompt: &str, person: bool) -> Result<Path> {
    match prompt {
        NOTHING => Ok(made.to_owned()),
        _ if person => answered(bus, prompt),
        _ => Err(Error::KeyringLocked),
    }
}

/// Shows the prompt and waits for the person, as long as the deadline of the whole operation allows.
fn answered(bus: &mut Bus, prompt: &str) -> Result<Path> {
    // Before it is shown, or a quick answer would be missed.
    bus.subscribe(prompt, PROMPT)?;
    bus.ask(&Call { to: SERVICE, on: prompt, of: PROMPT, member: "Prompt" }, Body::new().with("")?)?;
    let completed = bus.signal(prompt, "Completed").map_err(|error| match error {
        // Nobody answered. The window stays, and opens the keyring for the next command: `Dismiss` would end gnome-keyring
        // 42 (an assertion in gkd-secret-unlock.c), and with it all that is unlocked.
        Error::KeyringSilent { .. } => Error::KeyringLocked,
        error => error,
    })?;
    let mut values = completed.values("bv")?;
    if values.next::<bool>()? {
        return Err(Error::KeyringLocked);
    }
    let made = values.next::<Variant>()?.get::<ObjectPath<&str>>();
    Ok(made.map_or_else(|_| NOTHING.to_owned(), |path| path.as_ref().to_owned()))
}

/// The next value, a list of objects.
pub fn paths<'a>(values: &mut Reader<'a>) -> Result<Vec<Path>> {
    let found = values.next::<Vec<ObjectPath<&'a str>>>()?;
    Ok(found.iter().map(|path| path.as_ref().to_owned()).collect())
}
