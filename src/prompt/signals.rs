//! What is to be put right before a signal ends or stops this program.

#[cfg(unix)]
pub use unix::{Leaving, before_leaving};

#[cfg(unix)]
mod unix {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
    use signal_hook::iterator::Signals;
    use std::sync::{Mutex, OnceLock, PoisonError};

    type Action = Box<dyn Fn() + Send>;

    /// What to do, the latest last. None of it may leave anything.
    static ACTIONS: Mutex<Vec<(usize, Action)>> = Mutex::new(Vec::new());

    /// Runs `first` when such a signal comes, and then lets it do what it always does; until this is dropped.
    pub fn before_leaving(first: impl Fn() + Send + 'static) -> Option<Leaving> {
        // Once and for good: what signal-hook has caught goes nowhere by itself any more, and Ctrl-C would end nothing.
        static WATCHED: OnceLock<bool> = OnceLock::new();
        if !WATCHED.get_or_init(watch) {
            return None;
        }
        let mut actions = ACTIONS.lock().unwrap_or_else(PoisonError::into_inner);
        let number = actions.last().map_or(0, |(last, _)| last + 1);
        actions.push((number, Box::new(first)));
        Some(Leaving(number))
    }

    fn watch() -> bool {
        let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP]) else { return false };
        std::thread::spawn(move || {
            for signal in signals.forever() {
                let actions = ACTIONS.lock().unwrap_or_else(PoisonError::into_inner);
                actions.iter().rev().for_each(|(_, action)| action());
                drop(actions);
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        });
        true
    }

    pub struct Leaving(usize);

    impl Drop for Leaving {
        fn drop(&mut self) {
            ACTIONS.lock().unwrap_or_else(PoisonError::into_inner).retain(|(number, _)| *number != self.0);
        }
    }
}

#[cfg(not(unix))]
pub fn before_leaving(_first: impl Fn() + Send + 'static) -> Option<()> {
    None
}
