//! A browser that came to the right address and waits for its page.

use super::guard::Guard;
use super::reply::{self, Status};
use super::request::{Head, Intake};
use super::{Fields, Page};
use std::net::TcpStream;

/// A request that passed the guards. It outlives its listener; if nobody answers it, the browser sees the connection end.
#[derive(Debug)]
pub struct Visit {
    stream: TcpStream,
    fields: Fields,
    is_form: bool,
}

impl Visit {
    /// Hears one request out. What is not for us is answered here, and is no visit.
    pub(super) fn receive(stream: TcpStream, guard: &Guard) -> Option<Self> {
        let mut intake = Intake::of(&stream);
        match hear(&mut intake, guard) {
            Ok((fields, is_form)) => Some(Self { fields, is_form, stream }),
            Err(status) => {
                if !intake.is_silent() {
                    reply::refuse(&stream, status);
                    reply::drain(&stream);
                }
                None
            }
        }
    }

    /// What its query says, or its form if it is one.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The same to keep; the visit has none any more.
    pub fn take_fields(&mut self) -> Fields {
        std::mem::take(&mut self.fields)
    }

    /// Whether a form was sent (`POST`); only a listener `with_forms` hears any.
    pub fn is_form(&self) -> bool {
        self.is_form
    }

    /// Shows a page and ends the connection.
    pub fn answer(self, page: &Page) {
        reply::show(&self.stream, page);
    }

    /// Answers 400 and nothing else, for a visit without our `state`; the waiting goes on.
    pub fn refuse(self) {
        reply::refuse(&self.stream, Status::BAD_REQUEST);
    }

    pub(super) fn turn_away(self) {
        reply::refuse(&self.stream, Status::TOO_MANY);
    }
}

fn hear(intake: &mut Intake<'_>, guard: &Guard) -> Result<(Fields, bool), Status> {
    let end = intake.head()?;
    let head = Head::parse(intake.before(end)).ok_or(Status::BAD_REQUEST)?;
    guard.judge(&head)?;
    let (is_form, length) = (head.method == "POST", head.length()?);
    let fields = match is_form {
        true => Fields::parse(intake.body(end, length)?),
        false => Fields::parse(head.query.as_bytes()),
    };
    Ok((fields.ok_or(Status::BAD_REQUEST)?, is_form))
}
