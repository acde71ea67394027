//! How a sign-in ends in the browser: the last page, and what stands on it besides.

use super::records::Kept;
use super::sign_in::SignIn;
use super::words::missing_scopes;
use crate::calendar::iso_date;
use crate::credential::{Kind, Record};
use crate::error::{Error, Result};
use crate::loopback::Page;
use crate::prompt::Asker;
use crate::provider;

/// Shows the last page, if there was a first.
pub fn show(order: &SignIn<'_>, asker: Option<&mut Asker>, outcome: &Result<Record>) {
    let Some(page) = asker.and_then(Asker::page) else { return };
    outcome.iter().flat_map(remarks).for_each(|line| page.note(&line));
    page.ends(match outcome {
        // what was typed is another's, whoever the browser is signed in as
        Err(error @ Error::SignedInAsAnother { .. }) => stopped(error),
        outcome => self::page(order, false, outcome),
    });
}

/// What a person should know of what is kept now.
fn remarks(record: &Record) -> Vec<String> {
    let lacks = missing_scopes(&record.scopes).filter(|_| record.kind == Kind::ApiToken);
    let end = record.expires.map_or_else(String::new, |end| format!(" until {}", iso_date(end)));
    let made = format!("git has an HTTP access token of its own{end}; the password is not kept");
    lacks.into_iter().chain(record.token_id.is_some().then_some(made)).collect()
}

fn stopped(error: &Error) -> Page {
    Page::stopped(&error.to_string(), error.hint().as_deref())
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
        Err(error) if !terminal => stopped(error),
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
