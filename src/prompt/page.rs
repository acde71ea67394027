//! The sign-in page: a person at a browser of this machine, where neither a terminal nor an askpass program is. It shows one
//! form after the other and hears each once; what they ask is said elsewhere, and what was typed is kept nowhere.

use super::form::{Before, CANCEL, Complaint, Form, PRESS, TOKEN};
use super::sheet::Sheet;
use super::{Browser, Spinner};
use crate::callers::{Callers, reader_is_gone};
use crate::error::{Error, Result};
use crate::loopback::{Fields, Listener, Page, Redirect, Visit};
use crate::secret::Secret;
use std::fs::File;
use std::time::{Duration, Instant};

/// A conversation with a person at a browser. The port is taken at the first question, and free again when this is dropped.
pub struct SignInPage {
    browser: Browser,
    /// Git's end of it: nobody waits for an answer that nobody hears.
    out: File,
    patience: Duration,
    open: Option<Open>,
    before: Before,
    complaint: Option<Complaint>,
    /// For the next page.
    told: Vec<String>,
    /// For the last page.
    notes: Vec<String>,
}

struct Open {
    listener: Listener,
    callers: Callers,
    /// The browser that waits for what comes next; none before it came for the first time.
    visit: Option<Visit>,
    /// Good once. It stands in the page that is shown now.
    token: Secret,
    /// The tokens of pages that have been answered.
    spent: Vec<Secret>,
}

/// A person has this long to fill in one page.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often a caller who has gone is looked for.
const SLICE: Duration = Duration::from_millis(100);

impl SignInPage {
    /// For the person at this browser, on behalf of whoever reads `out`.
    pub fn new(browser: Browser, out: File) -> Self {
        let (told, notes) = (Vec::new(), Vec::new());
        Self { browser, out, patience: PATIENCE, open: None, before: Before::default(), complaint: None, told, notes }
    }

    /// Takes a port. The address is new each time and nobody can guess it; `None` if that has been done already.
    pub fn begin(&mut self) -> Result<Option<String>> {
        if self.open.is_some() {
            return Ok(None);
        }
        let path = random();
        let at = Redirect::parse(&format!("http://127.0.0.1/{}", text(&path)))?;
        let listener = Listener::with_forms(&at)?;
        let address = listener.address();
        let (callers, token) = (Callers::now(), random());
        self.open = Some(Open { listener, callers, visit: None, token, spent: Vec::new() });
        Ok(Some(address))
    }

    /// Shows a form and waits until it is filled in. `None` if the person called it off.
    pub fn fill(&mut self, form: &Form) -> Result<Option<Fields>> {
        self.begin()?;
        self.show(form);
        let filled = self.wait(form)?;
        (self.complaint, self.told) = (None, Vec::new());
        self.before = std::mem::take(&mut self.before).and(form, &filled);
        let cancelled = filled.only(PRESS).is_some_and(|press| press.expose() == CANCEL.as_bytes());
        Ok((!cancelled).then_some(filled))
    }

    /// What was wrong with the last answer; said when the form is shown again, with what was typed and is no secret.
    pub fn blame(&mut self, complaint: Complaint) {
        self.complaint = Some(complaint);
    }

    /// A remark for the next page.
    pub fn tell(&mut self, line: &str) {
        self.told.push(line.to_owned());
    }

    /// A remark for the last page.
    pub fn note(&mut self, line: &str) {
        self.notes.push(line.to_owned());
    }

    /// Leads the browser to an address of the site: the window that waits, or a new one.
    pub fn leads_to(&mut self, site: &str, address: &str) {
        match self.open.as_mut().and_then(|open| open.visit.take()) {
            Some(visit) => visit.answer(&Page::onward(site, address)),
            None => drop(self.browser.open(address)),
        }
    }

    /// The last page, for the browser that waits, and for one that asked twice meanwhile.
    pub fn ends(&mut self, page: Page) {
        let Some(open) = &mut self.open else { return };
        let page = page.with_notes(std::mem::take(&mut self.notes));
        if let Some(visit) = open.visit.take() {
            visit.answer(&page);
        }
        while let Some(visit) = open.listener.next(Duration::ZERO) {
            match open.has_seen(&visit) {
                true => visit.answer(&page),
                false => visit.refuse(),
            }
        }
        self.open = None;
    }

    fn show(&mut self, form: &Form) {
        let page = self.page(form);
        match self.open.as_mut().map(|open| (open.visit.take(), open.listener.address())) {
            Some((Some(visit), _)) => visit.answer(&page),
            Some((None, address)) => drop(self.browser.open(&address)),
            None => {}
        }
    }

    fn page(&self, form: &Form) -> Page {
        let token = self.open.as_ref().map_or("", |open| text(&open.token));
        let complaint = self.complaint.as_ref();
        let before = complaint.map(|_| &self.before);
        let sheet = Sheet { form, token, before, complaint, told: &self.told };
        let title = if complaint.is_some() { format!("Error: {}", form.title) } else { form.title.clone() };
        Page::with_form(&title, &sheet.html())
    }

    fn wait(&mut self, form: &Form) -> Result<Fields> {
        let _sign = Spinner::start("waiting for your browser".into());
        let end = Instant::now() + self.patience;
        while Instant::now() < end {
            let Some(open) = &mut self.open else { break };
            if let Some(visit) = open.listener.next(SLICE)
                && let Some(filled) = self.hear(visit, form)?
            {
                return Ok(filled);
            }
            if self.open.as_ref().is_some_and(|open| open.callers.have_gone()) || reader_is_gone(&self.out) {
                return Err(Error::Stdout);
            }
        }
        Err(Error::Unfilled { minutes: PATIENCE.as_secs() / 60 })
    }

    /// A form counts once. Whoever only looks, or sends an old page, sees the form as it is now.
    fn hear(&mut self, mut visit: Visit, form: &Form) -> Result<Option<Fields>> {
        let Some(open) = &mut self.open else { return Ok(None) };
        let is_ours = visit.fields().only(TOKEN) == Some(&open.token);
        if visit.is_form() && is_ours {
            let filled = visit.take_fields();
            open.spent.push(std::mem::replace(&mut open.token, random()));
            open.visit = Some(visit);
            return Ok(Some(filled));
        }
        match open.has_seen(&visit) {
            true => visit.answer(&self.page(form)),
            false => visit.refuse(),
        }
        Ok(None)
    }
}

impl Open {
    /// Whether it looks at the page, or has answered one before; a secret in an address is none that anybody typed here.
    fn has_seen(&self, visit: &Visit) -> bool {
        let token = visit.fields().only(TOKEN);
        match visit.is_form() {
            true => self.spent.iter().any(|spent| token == Some(spent)),
            false => visit.fields().is_empty(),
        }
    }
}

fn random() -> Secret {
    Secret::random().expect("a system without random numbers speaks no TLS either")
}

fn text(secret: &Secret) -> &str {
    secret.expose_text().unwrap_or_default()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::config::Desktop;

    /// A page whose browser is never started, with somebody who reads what git would.
    fn page() -> (SignInPage, std::io::PipeReader) {
        let desktop = Desktop { browser: Some("/nowhere/browser".into()), ..Desktop::default() };
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let browser = Browser::find(desktop, "/nowhere/opener".into()).expect("a browser");
        let page = SignInPage::new(browser, File::from(std::os::fd::OwnedFd::from(writer)));
        (SignInPage { patience: Duration::from_millis(150), ..page }, reader)
    }

    #[test]
    fn nobody_is_waited_for_without_end() {
        let (mut page, _git) = page();
        assert_eq!(page.fill(&Form::default()).err(), Some(Error::Unfilled { minutes: 5 }));
    }

    #[test]
    fn o15_where_git_is_gone_nobody_is_waited_for() {
        let (mut page, git) = page();
        drop(git);
        assert_eq!(page.fill(&Form::default()).err(), Some(Error::Stdout));
    }

    #[test]
    fn every_page_has_an_address_of_its_own() {
        let (mut one, _git) = page();
        let (mut other, _other_git) = page();
        let address = |page: &mut SignInPage| page.begin().expect("a port").expect("the first time");
        let (first, second) = (address(&mut one), address(&mut other));
        assert_eq!(one.begin(), Ok(None));
        let path = |address: &str| address.rsplit('/').next().map(str::to_owned);
        assert_ne!(path(&first), path(&second));
    }
}
