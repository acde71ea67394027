//! How a sign-in ends in the browser: the last page, and what stands on it besides.

use super::records::Kept;
use super::sign_in::{SignIn, missing_scopes};
use crate::credential::{Kind, Record};
use crate::error::{Error, Result};
use crate::loopback::Page;
use crate::prompt::Asker;
use crate::provider;

/// Shows the last page, if there was a first.
pub fn show(order: &SignIn<'_>, asker: Option<&mut Asker>, outcome: &Result<Record>) {
    if let Some(page) = asker.and_then(Asker::page) {
        if let Ok(record) = outcome
            && record.kind == Kind::ApiToken
            && let Some(line) = missing_scopes(&record.scopes)
        {
            page.note(&line);
        }
        page.ends(self::page(order, false, outcome));
    }
}

/// The page that tells the outcome; where a terminal does so too, it is short.
pub fn page(order: &SignIn<'_>, terminal: bool, outcome: &Result<Record>) -> Page {
    let site = order.site.short();
    match outcome {
        Ok(record) if provider::owner_of_fixed_name(&record.username).is_some() => {
            Page::accepted(record.kind.title(), &site)
        }
        Ok(record) => Page::linked(&record.username, &site),
        Err(Error::SignedInAsAnother { wanted, found, .. }) => Page::wrong_account(found, wanted, &site),
        Err(Error::Cancelled) => Page::called_off(),
        Err(error) if !terminal => Page::stopped(&error.to_string(), error.hint().as_deref()),
        Err(_) => Page::failed(),
    }
}

/// A remark for the last page.
pub fn note(asker: Option<&mut Asker>, line: &str) {
    if let Some(page) = asker.and_then(Asker::page) {
        page.note(line);
    }
}

/// Where it is kept, if there is a person who reads no terminal.
pub fn note_of(asker: Option<&mut Asker>, kept: &Kept) {
    let line = match kept {
        Kept::In(storage) => format!("kept in {}", storage.title()),
        Kept::Nowhere => "kept nowhere, for this time only".into(),
        Kept::Failed(error) => format!("for this time only: it could not be kept, since {error}"),
    };
    note(asker, &line);
}
