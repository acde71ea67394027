//! A browser that came to the right address and waits for its page.

use super::{Fields, Page};

/// A request that passed the guards. If nobody answers it, the browser sees the connection end.
#[derive(Debug)]
pub struct Visit {
    fields: Fields,
    is_form: bool,
}

impl Visit {
    /// What its query says, or its form if it is one.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Whether a form was sent (`POST`); only a listener `with_forms` hears any.
    pub fn is_form(&self) -> bool {
        self.is_form
    }

    /// Shows a page and ends the connection. A browser that is gone needs no page.
    pub fn answer(self, page: &Page) {
        todo!("{page:?}")
    }

    /// Answers 400 and nothing else, for a visit without our `state`; the waiting goes on.
    pub fn refuse(self) {
        todo!()
    }
}
