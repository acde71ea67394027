//! What is to be put right before a signal ends or stops this program, and what to do when it goes on.

#[cfg(unix)]
pub use unix::{Leaving, before_leaving};

#[cfg(unix)]
mod unix {
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
    use signal_hook::iterator::Signals;
    use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

    /// What to do before and after, under a number of its own.
    struct Care {
        number: usize,
        first: Box<dyn Fn() + Send>,
        again: Box<dyn Fn() + Send>,
    }

    /// The latest last. None of it may leave anything.
    static CARES: Mutex<Vec<Care>> = Mutex::new(Vec::new());

    /// Until this is dropped: runs `first` when such a signal comes, then lets it do what it always does; and runs `again`
    /// whenever the program is continued, after whatever stop.
    pub fn before_leaving(first: impl Fn() + Send + 'static, again: impl Fn() + Send + 'static) -> Option<Leaving> {
        // Once and for good: what signal-hook has caught goes nowhere by itself any more, and Ctrl-C would end nothing.
        static WATCHED: OnceLock<bool> = OnceLock::new();
        if !WATCHED.get_or_init(watch) {
            return None;
        }
        let mut cares = cares();
        let number = cares.last().map_or(0, |last| last.number + 1);
        cares.push(Care { number, first: Box::new(first), again: Box::new(again) });
        Some(Leaving(number))
    }

    fn watch() -> bool {
        let all = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT];
        let Ok(mut signals) = Signals::new(all) else { return false };
        std::thread::spawn(move || {
            while !signals.is_closed() {
                pass_on(&mut signals);
            }
        });
        true
    }

    fn pass_on(signals: &mut Signals) {
        let mut arrived: Vec<i32> = signals.wait().collect();
        if arrived.iter().any(|signal| *signal != SIGCONT) {
            cares().iter().rev().for_each(|care| (care.first)());
        }
        // whoever was quicker may have stopped and continued us meanwhile: that stop is over
        arrived.extend(signals.pending());
        let continued = arrived.contains(&SIGCONT);
        let due = |signal: &i32| *signal != SIGCONT && !(continued && *signal == SIGTSTP);
        for signal in arrived.into_iter().filter(due) {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
        if continued {
            cares().iter().for_each(|care| (care.again)());
        }
    }

    fn cares() -> MutexGuard<'static, Vec<Care>> {
        CARES.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub struct Leaving(usize);

    impl Drop for Leaving {
        fn drop(&mut self) {
            cares().retain(|care| care.number != self.0);
        }
    }
}

/// Windows sends none of them.
#[cfg(not(unix))]
pub fn before_leaving(_first: impl Fn() + Send + 'static, _again: impl Fn() + Send + 'static) -> Option<()> {
    None
}
