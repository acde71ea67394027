//! Which requests are for us: the right method, the exact path, the exact host, and a browser that was sent here as a whole
//! window. A page elsewhere that sends something to this machine by script, picture, frame or prefetch is told no.

use super::Redirect;
use super::reply::Status;
use super::request::Head;

/// What a request must look like.
#[derive(Debug)]
pub struct Guard {
    pub authority: String,
    pub path: String,
    pub forms: bool,
}

impl Guard {
    pub fn new(at: &Redirect, port: u16, forms: bool) -> Self {
        Self { authority: at.authority(port), path: at.path().to_owned(), forms }
    }

    /// Whether it is for us, and if not, what is said.
    pub fn judge(&self, head: &Head<'_>) -> Result<(), Status> {
        // a name that leads here by DNS rebinding is not our name (O7 of the security checklist)
        if !head.header("host")?.is_some_and(|host| host.eq_ignore_ascii_case(&self.authority)) {
            return Err(Status::MISDIRECTED);
        }
        if head.path != self.path {
            return Err(Status::NOT_FOUND);
        }
        is_navigation(head)?;
        match head.method {
            "GET" if head.length()? == 0 => Ok(()),
            "POST" if self.forms => self.judge_form(head),
            _ => Err(Status::BAD_REQUEST),
        }
    }

    /// A form of ours comes from our own page: a page with `no-referrer` would send `Origin: null` (Fetch, "append a
    /// request Origin header"), so pages with a form have `same-origin`.
    fn judge_form(&self, head: &Head<'_>) -> Result<(), Status> {
        let ours = format!("http://{}", self.authority);
        let is_ours = head.header("origin")?.is_some_and(|origin| origin.eq_ignore_ascii_case(&ours));
        let is_form = head.header("content-type")? == Some("application/x-www-form-urlencoded");
        let from_here = head.header("sec-fetch-site")?.is_none_or(|site| site == "same-origin");
        if is_ours && is_form && from_here { Ok(()) } else { Err(Status::FORBIDDEN) }
    }
}

/// Browsers say how a request came about (Fetch Metadata; `Sec-Purpose`, Fetch, "prefetch"); other programs say nothing, and
/// have to know the `state`.
fn is_navigation(head: &Head<'_>) -> Result<(), Status> {
    let whole = head.header("sec-fetch-mode")?.is_none_or(|mode| mode == "navigate")
        && head.header("sec-fetch-dest")?.is_none_or(|place| place == "document");
    let ahead_of_time = head.header("sec-purpose")?.or(head.header("purpose")?).is_some();
    if whole && !ahead_of_time { Ok(()) } else { Err(Status::FORBIDDEN) }
}
