//! The sign-in in the browser: listen, invite, wait for the one true answer, exchange it, keep what came, show a page.

use super::attempt::owned_by;
use super::clients::{app, with_line};
use super::ending;
use super::questions::tell;
use super::sign_in::{SignIn, keep};
use super::words::say_why_unchecked;
use crate::accounts::{ACCESS_TOKEN_USER, Account, Entry};
use crate::callers::Callers;
use crate::config::SignIn as Method;
use crate::credential::{Kind, Record};
use crate::error::{Error, Result, shown};
use crate::loopback::{Listener, Page, Redirect, Visit};
use crate::oauth::{App, Flow, Heard, Tokens};
use crate::prompt::{Asker, Browser, Typed};
use crate::provider::{self, Check, Verdict};
use crate::secret::Secret;
use crate::world::World;
use std::time::{Duration, Instant};

/// How the browser comes in.
#[derive(Debug, Default, Clone, Copy)]
pub struct Web {
    /// Do not open one here: it runs on another machine.
    pub elsewhere: bool,
    /// Ask for no permission to push.
    pub reading: bool,
}

impl SignIn<'_> {
    /// The browser to open, unless it is to be another machine's.
    fn browser(&self) -> Option<Browser> {
        self.world.browser().filter(|_| !self.web.elsewhere)
    }
}

/// A person has this long to come back from the browser.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often a pasted line and a caller who has gone are looked for.
const SLICE: Duration = Duration::from_millis(100);

/// The client to sign in with in the browser, if that is how this person is to sign in here; `None` leads to the token
/// questions, with a word on what the browser would need where somebody wanted it.
pub fn client_for(order: &SignIn<'_>, asker: Option<&mut Asker>) -> Result<Option<App>> {
    let reachable = order.browser().is_some() || order.world.terminal().is_some();
    let has_page = asker.is_some_and(|asker| asker.page().is_some());
    match order.method {
        Method::Token | Method::Password | Method::Never => Ok(None),
        Method::Auto if !reachable => Ok(None),
        // the page offers it beside the others
        Method::Auto if has_page && !order.by_browser => Ok(None),
        method => {
            let found = app(order.world, &order.site, order.product, order.web.reading)?;
            if found.is_none() && method == Method::Web {
                order.world.report(&no_client(order));
            }
            Ok(found)
        }
    }
}

/// Whether this is somebody who signed in with the browser before.
pub fn came_by_browser(entry: &Entry, name: Option<&str>) -> bool {
    name.and_then(|name| entry.account(name)).is_some_and(|account| account.kind == Kind::Oauth)
}

/// The client that somebody has chosen to sign in with.
pub fn client(order: &SignIn<'_>) -> Result<App> {
    app(order.world, &order.site, order.product, order.web.reading)?.ok_or_else(|| no_client(order))
}

/// Signs the client itself in (RFC 6749, section 4.4), for machines that have a consumer's key and secret.
pub fn sign_in_client(order: &SignIn<'_>) -> Result<Record> {
    let (world, site) = (order.world, &order.site);
    let app = client(order)?;
    let begun = world.now();
    let tokens = with_line(world, site, true, |line| app.for_itself(line))?;
    let tokens = tokens.ok_or_else(|| Error::OauthClientRefused { host: site.authority() })?;
    let record = Record { itself: true, refresh: None, ..record(&app, tokens, begun) };
    let account = Account::new(format!("client {}", app.client), Kind::Oauth, "");
    keep(order, None, record, account)
}

/// What a sign-in in the browser would need here.
pub fn no_client(order: &SignIn<'_>) -> Error {
    Error::NoOauthClient { site: order.site.short(), cloud: order.site.is_cloud() }
}

/// Signs somebody in in the browser and keeps the tokens. Errors leave everything as it was.
pub fn sign_in(order: &SignIn<'_>, mut asker: Option<&mut Asker>, app: &App) -> Result<Record> {
    // before anybody is invited: whoever called may be gone by the time that the browser is there
    let callers = Callers::now();
    let listener = Listener::bind(&Redirect::parse(&app.redirect)?)?;
    let flow = Flow::begin(app, &listener.address())?;
    // an editor's terminal has an askpass program too, and only at the terminal can a line be pasted meanwhile
    let mut terminal = order.world.terminal();
    invite(order, terminal.as_mut(), &flow, &listener);
    open(order, asker.as_deref_mut(), &flow);
    let (code, visit) = wait(order, terminal.as_mut(), &flow, &listener, &callers)?;
    let outcome = granted(order, app, &flow, &code).and_then(|(record, account)| keep(order, asker, record, account));
    if let Some(visit) = visit {
        visit.answer(&ending::page(order, terminal.is_some(), &outcome));
    }
    outcome
}

fn invite(order: &SignIn<'_>, terminal: Option<&mut Asker>, flow: &Flow, listener: &Listener) {
    let browser = order.browser();
    let mut lines = vec![format!("Sign in to {} ({}) in your browser:", order.site, order.product.title())];
    lines.push(format!("  {}", flow.url()));
    if browser.is_none() {
        let port = listener.port();
        lines.push(format!(
            "A browser on another machine reaches this one by: ssh -L {port}:127.0.0.1:{port} THIS-MACHINE"
        ));
    }
    if terminal.is_some() {
        // no sign of life turns here, since it would turn over what is pasted
        lines.push("Waiting for the browser; or paste the address here that it ends at:".into());
    }
    tell(order.world, terminal, &lines);
}

/// In the window where our page is, if there is one.
fn open(order: &SignIn<'_>, asker: Option<&mut Asker>, flow: &Flow) {
    match (asker.and_then(Asker::page), order.browser()) {
        (Some(page), _) => page.leads_to(&order.site.short(), flow.url()),
        (None, Some(browser)) => drop(browser.open(flow.url())),
        (None, None) => {}
    }
}

/// The code, and the visit that brought it, which waits for its page; a pasted address has none.
fn wait(
    order: &SignIn<'_>,
    mut terminal: Option<&mut Asker>,
    flow: &Flow,
    listener: &Listener,
    callers: &Callers,
) -> Result<(Secret, Option<Visit>)> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if let Some(visit) = listener.next(SLICE) {
            match flow.hear(visit.fields()) {
                Heard::Code(code) => return Ok((code, Some(visit))),
                Heard::Denied(said) => {
                    visit.answer(&Page::denied(&order.site.short()));
                    return Err(Error::Denied { site: order.site.short(), said });
                }
                Heard::Foreign => visit.refuse(),
            }
        }
        if let Some(code) = pasted(order, terminal.as_deref_mut(), flow, listener)? {
            return Ok((code, None));
        }
        if order.world.reader_is_gone() || callers.have_gone() {
            return Err(Error::Stdout);
        }
    }
    Err(Error::NobodyCame { minutes: PATIENCE.as_secs() / 60 })
}

fn pasted(
    order: &SignIn<'_>,
    terminal: Option<&mut Asker>,
    flow: &Flow,
    listener: &Listener,
) -> Result<Option<Secret>> {
    let Some(terminal) = terminal else { return Ok(None) };
    let line = match terminal.line_within(Duration::ZERO)? {
        Typed::Nothing => return Ok(None),
        Typed::Line(line) => line,
        Typed::End => return Err(Error::Cancelled),
    };
    match listener.pasted(&line).map(|said| flow.hear(&said)) {
        Some(Heard::Code(code)) => Ok(Some(code)),
        Some(Heard::Denied(said)) => Err(Error::Denied { site: order.site.short(), said }),
        _ if line.is_empty() => Ok(None),
        Some(Heard::Foreign) | None => {
            terminal.tell("That is not the address at which this sign-in ends; it begins with");
            terminal.tell(&format!("  {}?", listener.address()));
            Ok(None)
        }
    }
}

/// The tokens for a code, and whose they are.
fn granted(order: &SignIn<'_>, app: &App, flow: &Flow, code: &Secret) -> Result<(Record, Account)> {
    let (world, site) = (order.world, &order.site);
    let _spinner = world.spinner(&format!("asking {}", site.short()));
    let begun = world.now();
    let tokens = with_line(world, site, true, |line| app.exchange(line, flow, code))?;
    let tokens = tokens.ok_or(Error::CodeRefused { host: site.authority() })?;
    weigh(world, &app.scope, &tokens.scopes);
    let record = record(app, tokens, begun);
    whose(order, record)
}

/// What was granted may be less than what was asked for, or more (K5 of the security checklist); where the server says
/// nothing, it is what was asked for (RFC 6749, section 5.1).
fn weigh(world: &World, asked: &str, granted: &[String]) {
    let asked = || asked.split_whitespace();
    let missing: Vec<&str> = asked().filter(|asked| !granted.iter().any(|scope| scope == asked)).collect();
    // `repository:write` has `repository` in it
    let covered = |scope: &str| asked().any(|asked| asked == scope || asked.starts_with(&format!("{scope}:")));
    let extra: Vec<_> = granted.iter().filter(|scope| !covered(scope)).collect();
    if !granted.is_empty() && missing.iter().any(|scope| *scope != "account") {
        world.warn(&format!("the server did not grant {}, so not everything will work", missing.join(", ")));
    }
    if !extra.is_empty() {
        let extra: Vec<_> = extra.iter().map(|scope| shown(scope)).collect();
        world.say(&format!(
            "It granted more than was asked for: {}. The client's permissions can be narrowed.",
            extra.join(", ")
        ));
    }
}

fn record(app: &App, tokens: Tokens, begun: u64) -> Record {
    let username = provider::fixed_username(Kind::Oauth).unwrap_or_default();
    Record {
        expires: tokens.ends(begun),
        refresh: tokens.refresh,
        scopes: tokens.scopes,
        client: Some(app.client.clone()),
        ..Record::new(Kind::Oauth, username, tokens.access)
    }
}

/// Whoever the browser was signed in as may be another than the one who was wanted (user-pains 12); then nothing is kept.
fn whose(order: &SignIn<'_>, mut record: Record) -> Result<(Record, Account)> {
    let world = order.world;
    let (http, limit) = (world.http(&order.site)?, world.limit(&order.site, true)?);
    let wanted = || order.wanted.clone().unwrap_or_else(|| ACCESS_TOKEN_USER.to_owned());
    let check = Check { http: &http, site: &order.site, record: &record, place: order.place.as_deref(), limit };
    let name = match provider::of(order.product).check(&check)? {
        Verdict::Good { username, scopes } => {
            let scopes = if scopes.is_empty() { record.scopes.clone() } else { scopes };
            owned_by(order, &mut record, username, scopes)?
        }
        Verdict::Refused(about) => return Err(Error::Refused { site: order.site.short(), about }),
        Verdict::SecondFactor => return Err(Error::SecondFactor { site: order.site.short() }),
        // an access that may not read the profile is an access all the same
        Verdict::Nameless { .. } => wanted(),
        Verdict::Unknown(why) => {
            say_why_unchecked(world, &why);
            wanted()
        }
    };
    let account = Account::new(name, Kind::Oauth, "");
    Ok((record, account))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Site;

    #[test]
    fn all_that_was_granted_is_kept_with_the_client_that_it_was_granted_to() {
        let endpoints = provider::of(crate::site::Product::Cloud).oauth(&Site::cloud());
        let (client, redirect, scope) = ("client".to_owned(), endpoints.redirect.clone(), "account".to_owned());
        let app = App { endpoints, client, secret: None, redirect, scope };
        let scopes = vec!["account".to_owned()];
        let refresh = Some(Secret::new("refresh"));
        let tokens = Tokens { access: Secret::new("access"), refresh, lifetime: Some(7_200), scopes: scopes.clone() };
        let record = record(&app, tokens.clone(), 1_000);
        assert_eq!((record.kind, record.username.as_str()), (Kind::Oauth, ACCESS_TOKEN_USER));
        assert_eq!((record.secret, record.refresh, record.expires), (tokens.access, tokens.refresh, Some(8_200)));
        assert_eq!((record.scopes, record.client.as_deref()), (scopes, Some("client")));
    }
}
