//! Real repositories, served by real git. Knows where a repository lies on the disk and how
//! `git http-backend` is called; who may reach it has been decided before.

mod backend;
mod repositories;

pub use backend::run;
pub use repositories::{Content, Repositories, Submodule};

use crate::exchange::Request;

/// A request that `git http-backend` may answer.
pub struct Call {
    /// The repository, such as `bitbucket.org/acme/app`.
    pub key: String,
    /// What the repository holds when it is first touched.
    pub content: Content,
    /// What follows the repository in the path, such as `/info/refs`.
    pub tail: String,
    /// Who is served, for the reflog and the request log.
    pub user: Option<String>,
    /// Headers the site adds to whatever git answers.
    pub headers: Vec<(String, String)>,
}

/// What a git request wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Clone and fetch.
    Read,
    /// Push.
    Write,
}

/// Parts a path into repository and git's part of it; none if this is not git's request.
pub fn split(path: &str) -> Option<(&str, &str)> {
    let ends = ["/info/refs", "/git-upload-pack", "/git-receive-pack"];
    let plain = ends.iter().find_map(|end| Some((path.strip_suffix(end)?, *end)));
    plain.or_else(|| path.find("/info/lfs/").map(|at| path.split_at(at)))
}

/// Whether the request reads or writes.
pub fn service(request: &Request, tail: &str) -> Service {
    let pushes = match tail {
        "/info/refs" => request.param("service").as_deref() == Some("git-receive-pack"),
        tail => tail == "/git-receive-pack",
    };
    if pushes { Service::Write } else { Service::Read }
}

/// A line in git's packet format.
pub fn packet(text: &str) -> String {
    format!("{:04x}{text}", text.len() + 4)
}
