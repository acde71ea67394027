//! The executioner: `strace` sends SIGKILL when a command is about to make a certain system call. Linux does not run a call
//! whose caller is dead by then (strace shows `= ?`), so a death before one call is a death after the call before it, and all
//! deaths together are all there are. It knows nothing of what the command does.

use crate::stage::{Desk, Done, HELPER, feed, wanted};
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

/// What changes a file, guards one, starts another process or tells it something; `close` frees a lock. A machine without one
/// of these calls passes over it.
const CALLS: &str = "?openat,?write,?writev,?pwrite64,?fsync,?fdatasync,?ftruncate,?rename,?renameat,?renameat2,?unlink,\
                     ?unlinkat,?rmdir,?mkdir,?mkdirat,?link,?linkat,?symlink,?chmod,?fchmod,?fchmodat,?flock,?close,?connect,\
                     ?sendto,?sendmsg,?recvfrom,?recvmsg,?clone3,?clone,?vfork";
/// The calls by which the threads of a command talk to a server.
const TALK: &str = "?connect,?sendto,?sendmsg,?writev,?recvfrom,?recvmsg";

/// Options for strace.
type Manner = &'static [&'static str];
const ALONE: Manner = &[];
const WITH_THREADS: Manner = &["-f"];
/// After whatever it starts, it waits for half a second.
const HESITATING: Manner = &["-e", "inject=?clone3,?clone,?vfork:delay_exit=500000"];

/// One call of a command: its name, and which one of that name it is.
pub struct Step {
    call: String,
    nth: usize,
    line: String,
}

/// A command that is killed.
pub struct Deed<'a> {
    pub desk: &'a Desk,
    pub arguments: &'a [&'a str],
    pub stdin: &'a str,
}

impl Deed<'_> {
    /// Kills it before every step, from the first that touches the data folder on, and each time from the state that `before`
    /// makes; `holds` looks around afterwards. Tells how many deaths there were.
    pub fn dies_everywhere(&self, before: impl Fn(), holds: impl Fn()) -> usize {
        before();
        let (steps, length) = self.steps();
        holds();
        let mut deaths = 0;
        for step in &steps {
            before();
            deaths += usize::from(self.dies_before(step, ALONE));
            holds();
        }
        eprintln!("{:?}: {deaths} deaths", self.arguments);
        for moment in moments(length) {
            before();
            self.dies_after(moment);
            holds();
        }
        deaths
    }

    /// The same before every step of its threads' talk with a server, which no list of its own steps shows.
    pub fn dies_talking(&self, before: impl Fn(), holds: impl Fn()) -> usize {
        TALK.split(',').map(|call| self.dies_at_each(call.trim_start_matches('?'), WITH_THREADS, &before, &holds)).sum()
    }

    /// The same before each write, where whatever it has started is far ahead of it.
    pub fn dies_hesitating(&self, before: impl Fn(), holds: impl Fn()) -> usize {
        self.dies_at_each("write", HESITATING, &before, &holds)
    }

    fn dies_at_each(&self, call: &str, manner: Manner, before: &impl Fn(), holds: &impl Fn()) -> usize {
        let dies = |nth: usize| {
            before();
            let step = Step { call: call.to_owned(), nth, line: String::new() };
            let died = self.dies_before(&step, manner);
            holds();
            died
        };
        (1..).take_while(|nth| dies(*nth)).count()
    }

    /// What it does when nobody disturbs it, and how long that takes.
    fn steps(&self) -> (Vec<Step>, Duration) {
        let log = tempfile::NamedTempFile::new().expect("a log");
        let path = log.path().to_str().expect("text");
        let begun = Instant::now();
        let done = self.watched(&["-o", path, "-s", "0", "-e", &format!("trace={CALLS}")]);
        let length = begun.elapsed();
        assert!(done.code >= 0, "{done:?}");
        let text = std::fs::read_to_string(log.path()).expect("a log");
        let calls = text.lines().filter(|line| line.contains('(') && line.contains(" = "));
        let mut steps: Vec<Step> = Vec::new();
        for line in calls {
            let call = line.split('(').next().unwrap_or_default().to_owned();
            let nth = steps.iter().filter(|step| step.call == call).count() + 1;
            steps.push(Step { call, nth, line: line.to_owned() });
        }
        // what comes before is the loader's, and git's settings
        let folder = self.desk.data();
        let first = steps.iter().position(|step| step.line.contains(folder.to_str().expect("text")));
        (steps.split_off(first.expect("it touches the data folder")), length)
    }

    /// Whether it died; one that makes no such call lives.
    fn dies_before(&self, step: &Step, manner: Manner) -> bool {
        // seen only if something fails after it
        eprintln!("{:?} dies before {step}", self.arguments);
        // what is not traced is not delayed
        let trace = format!("trace={CALLS}");
        let inject = format!("inject={}:signal=SIGKILL:when={}", step.call, step.nth);
        self.watched(&[&["-o", "/dev/null", "-e", &trace, "-e", &inject], manner].concat()).code < 0
    }

    /// What it starts has our stdout as well, so that none of it is left when this returns.
    fn watched(&self, options: &[&str]) -> Done {
        let mut command = self.desk.command(Path::new("/bin/sh"));
        command.args(["-c", r#"exec strace -qq -e signal=none "$@" 9>&1"#, "sh"]).args(options);
        // the trace has writes of its own
        command.env_remove("GIT_TRACE_BITBUCKET").arg(HELPER).args(self.arguments);
        feed(&mut command, self.stdin.as_bytes())
    }

    fn dies_after(&self, moment: Duration) {
        eprintln!("{:?} dies after {moment:?}", self.arguments);
        let end = Instant::now() + moment;
        let mut child = self.desk.starts(self.arguments, self.stdin);
        while Instant::now() < end && child.try_wait().expect("a child").is_none() {
            std::hint::spin_loop();
        }
        child.kill().and_then(|()| child.wait()).expect("killed, or ended already");
    }
}

/// With `CRASHES=200` in the environment, so many moments more for each deed, spread over the time that it takes.
fn moments(length: Duration) -> impl Iterator<Item = Duration> {
    let count = wanted("CRASHES").unwrap_or_default();
    (0..count).map(move |moment| length * moment / count)
}

impl fmt::Display for Step {
    fn fmt(&self, shown: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(shown, "{} number {}: {}", self.call, self.nth, self.line)
    }
}
