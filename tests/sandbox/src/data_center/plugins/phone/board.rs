//! Everybody's phones: what has been pushed to them, what still waits, who has said yes lately.
//! Knows names and answers; nothing of requests.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

use crate::clock::Moment;

#[derive(Default)]
pub struct Board {
    phones: Mutex<HashMap<String, Phone>>,
    pushed: Condvar,
}

/// One user's.
#[derive(Default)]
struct Phone {
    pushes: usize,
    waiting: Vec<(String, oneshot::Sender<bool>)>,
    always: Option<bool>,
    good_until: Moment,
}

impl Board {
    /// Sends one push, and gives what will hold the answer.
    pub fn push(&self, user: &str, what: String) -> oneshot::Receiver<bool> {
        let (answer, receiver) = oneshot::channel();
        let mut phones = self.phones();
        let phone = phones.entry(user.to_owned()).or_default();
        phone.pushes += 1;
        match phone.always {
            // the receiver is here, so that the answer arrives
            Some(yes) => answer.send(yes).unwrap_or_default(),
            None => phone.waiting.push((what, answer)),
        }
        self.pushed.notify_all();
        receiver
    }

    pub fn answer(&self, user: &str, yes: bool) -> usize {
        let mut phones = self.phones();
        let waiting = phones.get_mut(user).map(|phone| std::mem::take(&mut phone.waiting)).unwrap_or_default();
        waiting.into_iter().filter_map(|(_, answer)| answer.send(yes).ok()).count()
    }

    pub fn always(&self, user: &str, yes: bool) {
        self.phones().entry(user.to_owned()).or_default().always = Some(yes);
    }

    pub fn pushes(&self, user: &str) -> usize {
        self.phones().get(user).map_or(0, |phone| phone.pushes)
    }

    /// Without those whose client has gone, or whose time is over.
    pub fn waiting(&self, user: &str) -> Vec<String> {
        let phones = self.phones();
        let waiting = phones.get(user).map(|phone| phone.waiting.as_slice()).unwrap_or_default();
        waiting.iter().filter(|(_, answer)| !answer.is_closed()).map(|(what, _)| what.clone()).collect()
    }

    pub fn rings(&self, user: &str, count: usize, limit: Duration) -> bool {
        let quiet = |phones: &mut HashMap<String, Phone>| phones.get(user).is_none_or(|phone| phone.pushes < count);
        let waited = self.pushed.wait_timeout_while(self.phones(), limit, quiet);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    pub fn remember(&self, user: &str, until: Moment) {
        self.phones().entry(user.to_owned()).or_default().good_until = until;
    }

    pub fn remembers(&self, user: &str, now: Moment) -> bool {
        self.phones().get(user).is_some_and(|phone| now < phone.good_until)
    }

    fn phones(&self) -> MutexGuard<'_, HashMap<String, Phone>> {
        self.phones.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
