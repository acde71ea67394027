//! What is to be put right before a signal ends or stops this program, and what to do when it goes on.

/// Until this is dropped: runs `first` when such a signal comes, then lets it do what it always does; and runs `again`
/// whenever the program is continued, after whatever stop.
#[cfg(unix)]
pub fn before_leaving(first: impl Fn() + Send + 'static, again: impl Fn() + Send + 'static) -> Option<Leaving> {
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
    let all = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT];
    let mut signals = signal_hook::iterator::Signals::new(all).ok()?;
    let handle = signals.handle();
    std::thread::spawn(move || {
        while !signals.is_closed() {
            let mut arrived: Vec<i32> = signals.wait().collect();
            if arrived.iter().any(|signal| *signal != SIGCONT) {
                first();
            }
            // whoever was quicker may have stopped and continued us meanwhile: that stop is over
            arrived.extend(signals.pending());
            let continued = arrived.contains(&SIGCONT);
            let due = |signal: &i32| *signal != SIGCONT && !(continued && *signal == SIGTSTP);
            for signal in arrived.into_iter().filter(due) {
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
            if continued {
                again();
            }
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
pub fn before_leaving(_first: impl Fn() + Send + 'static, _again: impl Fn() + Send + 'static) -> Option<()> {
    None
}
