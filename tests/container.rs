//! A job in a container: no home or one that nobody can write to, no bus, no terminal, an empty environment but for the token.
//! Everything clones, no file is left outside the clones, and the token stands in nobody's command line.

use crate::bearer::LFS;
use crate::stage::{Desk, are_installed, gits, tells_a_secret};
use bitbucket_sandbox::{Sandbox, cloud, seeds};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// In no other test, so that a command line that holds it is ours.
const TOKEN: &str = "ATATT3xFfGF0canary-only-in-the-container-5ba93c9db0cff93f52b521d7420e43f6eda2784f5ba93c9db0cff93f52b521d7=1A2B3C4D";
const SCOPES: [&str; 2] = ["read:repository:bitbucket", "write:repository:bitbucket"];
/// What a program writes to and leaves no file in.
const NO_FILES: [&str; 3] = ["/dev/null", "/dev/tty", "/proc/"];

/// A sandbox with a repository that has a large file in git-lfs.
fn sandbox(git: &Path) -> Sandbox {
    let sandbox = Sandbox::start();
    sandbox.cloud(|cloud| cloud.add_token(cloud::Token::api(TOKEN, seeds::ALICE, &SCOPES)));
    let desk = Desk::container(&sandbox).with_git(git).with("BITBUCKET_TOKEN", TOKEN);
    desk.configure(LFS);
    let push = "git lfs track '*.bin'; echo large >x.bin; git add .; git commit -m large; git push";
    desk.shell(&format!("git clone https://bitbucket.org/acme/app.git app; cd app; {push}")).succeeds();
    sandbox
}

/// Looks at all command lines until told to stop: those that hold the token, and whether git was seen at work at all.
fn watch(stop: &AtomicBool) -> (Vec<String>, bool) {
    let (mut leaks, mut at_work) = (Vec::new(), false);
    while !stop.load(Ordering::Relaxed) {
        for process in fs::read_dir("/proc").expect("/proc").flatten() {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            at_work |= line.contains("with-submodules.git") && line.contains("git");
            if line.contains(&TOKEN[..40]) {
                leaks.push(line);
            }
        }
    }
    (leaks, at_work)
}

/// The files that a trace shows opened to write or made, with folders, links and renames.
fn written(trace: &str) -> BTreeSet<PathBuf> {
    trace.lines().filter(|line| !line.contains(" = -1 ")).flat_map(paths_in).collect()
}

fn paths_in(line: &str) -> Vec<PathBuf> {
    let call = line.split_once('(').map_or("", |(call, _)| call.rsplit(' ').next().unwrap_or_default());
    let opened = call.starts_with("open") && !["O_CREAT", "O_WRONLY", "O_RDWR"].iter().any(|flag| line.contains(flag));
    if opened || call == "execve" {
        return Vec::new();
    }
    // every second piece stands in quotes; a relative one lies below the folder where the job runs
    line.split('"').skip(1).step_by(2).map(PathBuf::from).filter(|path| path.is_absolute()).collect()
}

#[test]
fn a_container_with_nothing_but_the_token_clones_everything_and_keeps_nothing() {
    if !are_installed(&["strace", "git-lfs"]) {
        return;
    }
    for git in gits() {
        let sandbox = sandbox(&git);
        for home in [None, Some("/proc")] {
            job(&sandbox, &git, home);
        }
    }
}

fn job(sandbox: &Sandbox, git: &Path, home: Option<&str>) {
    let desk = Desk::container(sandbox).with_git(git).with("BITBUCKET_TOKEN", TOKEN).with("CI", "true");
    desk.configure(LFS);
    let desk = home.into_iter().fold(desk, |desk, home| desk.with("HOME", home));
    let (work, trace) = (desk.home().join("work"), desk.home().join("trace"));
    fs::create_dir(&work).expect("a folder");
    let clones = "cd work; git clone --recurse-submodules https://bob@bitbucket.org/acme/with-submodules.git all; \
                  git clone https://bitbucket.org/acme/app.git app";
    let calls = "trace=execve,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mknod,mknodat";
    let traced = format!("strace -f -qq -s 9999 -o {} -e {calls} /bin/sh -e -c '{clones}'", trace.display());
    let stop = AtomicBool::new(false);
    let (done, (leaks, at_work)) = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(&stop));
        // not watched besides: a program has one tracer
        let mut shell = desk.command(Path::new("/usr/bin/setsid"));
        let done = shell.args(["--wait", "/bin/sh", "-e", "-c", &traced]).output().expect("it ends");
        stop.store(true, Ordering::Relaxed);
        (done, watcher.join().expect("it watched"))
    });
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    assert!(done.status.success() && !tells_a_secret(&said), "{said}");
    for (file, content) in [("all/lib/README.md", "lib"), ("all/site/README.md", "site"), ("app/x.bin", "large\n")] {
        assert!(fs::read_to_string(work.join(file)).expect("it came along").contains(content), "{file}");
    }
    assert!(at_work && leaks.is_empty(), "{leaks:?}");
    let trace = fs::read_to_string(trace).expect("a trace");
    assert!(trace.contains("execve(") && !trace.contains(TOKEN), "in no argument of any program");
    let all = written(&trace);
    assert!(all.iter().any(|path| path.starts_with(&work)), "the trace tells of the clones");
    let outside: Vec<_> = all.into_iter().filter(|path| !is_allowed(path, &work)).collect();
    assert!(outside.is_empty(), "{outside:#?}");
    no_token_in(&work);
}

fn is_allowed(path: &Path, work: &Path) -> bool {
    path.starts_with(work) || NO_FILES.iter().any(|device| path.to_string_lossy().starts_with(device))
}

fn no_token_in(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
        match entry.is_dir() {
            true => no_token_in(&entry),
            false => {
                let content = fs::read(&entry).unwrap_or_default();
                let found = content.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes());
                assert!(!found, "{}", entry.display());
            }
        }
    }
}
