//! What is to be put right before a signal ends or stops this program.

/// Runs `first` when such a signal comes, and then lets it do what it always does; until this is dropped.
#[cfg(unix)]
pub fn before_leaving(first: impl Fn() + Send + 'static) -> Option<Leaving> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP]).ok()?;
    let handle = signals.handle();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            first();
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
    Some(Leaving(handle))
}

#[cfg(unix)]
pub struct Leaving(signal_hook::iterator::Handle);

#[cfg(unix)]
impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(not(unix))]
pub fn before_leaving(_first: impl Fn() + Send + 'static) -> Option<()> {
    None
}
