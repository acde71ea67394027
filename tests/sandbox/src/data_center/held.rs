//! A handler that cannot say yet: the request is held, without the state's lock, until somebody or something
//! has answered or the limit is over. Knows handlers by name; what is awaited is theirs.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::attempt::Attempt;
use super::chain::{Principal, Verdict};
use super::directory::Directory;

/// What the handler says once the waiting is over.
pub type Settle = Box<dyn FnOnce(&Attempt<'_>, &mut Directory) -> Verdict + Send>;

/// Something to wait for.
pub struct Later {
    wait: Pin<Box<dyn Future<Output = Settle> + Send>>,
    limit: Duration,
    otherwise: Settle,
}

impl Later {
    /// Waits for so long in real time; then `otherwise` is said.
    pub fn new(limit: Duration, wait: impl Future<Output = Settle> + Send + 'static, otherwise: Settle) -> Self {
        Self { wait: Box::pin(wait), limit, otherwise }
    }
}

/// A request that is held.
pub struct Held {
    at: &'static str,
    principal: Option<Principal>,
    later: Later,
}

/// How it goes on.
pub struct Settled {
    at: &'static str,
    principal: Option<Principal>,
    settle: Settle,
}

impl Held {
    /// Held by this handler, or by this success handler for somebody who has been authenticated.
    pub fn new(at: &'static str, principal: Option<Principal>, later: Later) -> Self {
        Self { at, principal, later }
    }

    /// Waits, no longer than the limit.
    pub async fn settle(self) -> Settled {
        let Later { wait, limit, otherwise } = self.later;
        let settle = tokio::time::timeout(limit, wait).await.unwrap_or(otherwise);
        Settled { at: self.at, principal: self.principal, settle }
    }
}

impl Settled {
    /// Who had been authenticated before the request was held.
    pub fn principal(&self) -> Option<&Principal> {
        self.principal.as_ref()
    }
}

/// The verdict of a handler of a request that goes on: those before the one that held it have passed already,
/// it says what it has to say, and those after it (`None`) are still to be asked.
pub fn resumed(
    settled: &mut Option<Settled>,
    name: &str,
    attempt: &Attempt<'_>,
    directory: &mut Directory,
) -> Option<Verdict> {
    match settled.take()? {
        Settled { at, settle, .. } if at == name => Some(settle(attempt, directory)),
        earlier => {
            *settled = Some(earlier);
            Some(Verdict::NotMine)
        }
    }
}
