//! Opening an address in the person's browser: detached, never waited for, and never certain. Whoever opens one also says
//! the address.
//!
//! A copy of this program does the opening (`open-browser`), with a search path of absolute folders, in a process group of
//! its own and with nothing on its streams. In this very process the library would look for programs in the working folder
//! if `PATH` says so, wait for text browsers and hand them Git's pipes, and Ctrl-C would end the browser it started.

use crate::config::Desktop;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A browser that can be opened, as far as anybody can tell.
#[derive(Debug)]
pub struct Browser {
    desktop: Desktop,
    opener: PathBuf,
}

impl Browser {
    /// `None` where a browser would appear nowhere, or on another machine than the person's. `opener` is this program.
    pub fn find(desktop: Desktop, opener: PathBuf) -> Option<Self> {
        can_open(&desktop, std::env::consts::OS).then_some(Self { desktop, opener })
    }

    /// Starts it and returns at once; whether anything was started. Only `http` and `https` are opened.
    pub fn open(&self, url: &str) -> bool {
        is_web(url) && self.start().is_ok_and(|mut opener| hand_over(&mut opener, url))
    }

    fn start(&self) -> std::io::Result<Child> {
        let mut command = Command::new(&self.opener);
        command.arg("open-browser").env_remove("BITBUCKET_TOKEN").env("BROWSER", graphical(&self.desktop).join(":"));
        if let Ok(path) = std::env::join_paths(&self.desktop.search_path) {
            command.env("PATH", path);
        }
        detach(&mut command);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    }
}

/// Opens an address from the copy of this program that is there for nothing else; whether anything was started.
pub fn open_here(url: &str, desktop: &Desktop) -> bool {
    let chosen = || graphical(desktop).into_iter().any(|command| run(command, url, desktop));
    let windows = || desktop.is_wsl && run("wslview", url, desktop);
    let usual = || webbrowser::open(url).is_ok();
    // the library wants to know the browser by name, and never calls the program that knows it
    let freedesktop = || run("xdg-open", url, desktop);
    is_web(url) && (chosen() || windows() || usual() || freedesktop())
}

/// `BROWSER` may lead to the person's machine from anywhere, as VS Code's does; without it, a screen of this machine is
/// needed, and the person before it.
fn can_open(desktop: &Desktop, os: &str) -> bool {
    let has_screen = desktop.has_screen || desktop.is_wsl || matches!(os, "macos" | "windows");
    !graphical(desktop).is_empty() || has_screen && !desktop.is_remote
}

/// The commands in `BROWSER` that open a window. A text browser cannot show Bitbucket's sign-in and would take the terminal;
/// a path that depends on the working folder could lead into a repository.
fn graphical(desktop: &Desktop) -> Vec<&str> {
    const TEXT: [&str; 10] =
        ["lynx", "links", "links2", "elinks", "w3m", "www-browser", "eww", "netrik", "retawq", "curl"];
    let opens_window = |command: &&str| {
        let Some(program) = command.split_ascii_whitespace().next().map(Path::new) else { return false };
        let is_text = program.file_name().is_none_or(|name| TEXT.iter().any(|text| name == *text));
        !is_text && (program.is_absolute() || program.components().count() == 1)
    };
    desktop.browser.as_deref().unwrap_or_default().split(':').filter(opens_window).collect()
}

/// Letters of an address that neither a shell nor a browser's command line could take for anything else.
fn is_web(url: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@%+&=*,".contains(&byte);
    (url.starts_with("https://") || url.starts_with("http://")) && url.bytes().all(plain)
}

/// By the pipe, since arguments are for everybody on this machine to read.
fn hand_over(opener: &mut Child, url: &str) -> bool {
    opener.stdin.take().is_some_and(|mut pipe| pipe.write_all(url.as_bytes()).is_ok())
}

/// Starts a command of `BROWSER`: `%s` is the address, which otherwise comes last.
fn run(command: &str, url: &str, desktop: &Desktop) -> bool {
    let mut words = command.split_ascii_whitespace();
    let Some(program) = words.next().and_then(|name| desktop.program(name)) else { return false };
    let mut arguments: Vec<String> = words.map(|word| word.replace("%s", url)).collect();
    if !command.contains("%s") {
        arguments.push(url.to_owned());
    }
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().is_ok()
}

/// A group of its own, so that Ctrl-C on a long clone does not end the browser.
#[cfg(unix)]
fn detach(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// No console window (CREATE_NO_WINDOW).
#[cfg(windows)]
fn detach(command: &mut Command) {
    std::os::windows::process::CommandExt::creation_flags(command, 0x0800_0000);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desktop(browser: &str) -> Desktop {
        Desktop { browser: Some(browser.to_owned()).filter(|browser| !browser.is_empty()), ..Desktop::default() }
    }

    #[test]
    fn o14_no_browser_opens_where_nobody_would_see_it() {
        let screen = |is_remote| Desktop { has_screen: true, is_remote, ..Desktop::default() };
        assert!(can_open(&screen(false), "linux"));
        assert!(!can_open(&screen(true), "linux"));
        assert!(!can_open(&Desktop::default(), "linux"));
        for os in ["macos", "windows"] {
            assert!(can_open(&Desktop::default(), os));
            assert!(!can_open(&Desktop { is_remote: true, ..Desktop::default() }, os));
        }
        assert!(can_open(&Desktop { is_wsl: true, ..Desktop::default() }, "linux"));
        // set by whoever knows a way to the person's own machine
        assert!(can_open(&Desktop { is_remote: true, ..desktop("/vscode/bin/helpers/browser.sh") }, "linux"));
    }

    #[test]
    fn a_text_browser_is_no_browser_to_sign_in_with() {
        for browser in ["w3m", "/usr/bin/lynx", "links2 -g", "", "::", "www-browser"] {
            assert!(!can_open(&desktop(browser), "linux"), "{browser}");
        }
        assert_eq!(graphical(&desktop("lynx:firefox -P work %s:w3m")), ["firefox -P work %s"]);
    }

    #[test]
    fn a_browser_is_never_looked_for_in_the_working_folder() {
        for browser in ["./firefox", "bin/firefox", "../firefox"] {
            assert!(graphical(&desktop(browser)).is_empty(), "{browser}");
        }
    }

    #[test]
    fn o13_an_address_that_could_be_a_command_is_not_opened() {
        assert!(is_web("https://bitbucket.org/site/oauth2/authorize?client_id=a&state=b%2Bc&scope=a+b"));
        assert!(is_web("http://[::1]:8080/x"));
        for url in [
            "-remote",
            "--version",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://x/\" & calc",
            "https://x/$(id)",
            "https://x/`id`",
            "https://x/a b",
            "https://x/a\nb",
            "https://x/;id",
            "https://x/|id",
            "https://x/ä",
            " https://x/",
            "HTTPS://x/",
        ] {
            assert!(!is_web(url), "{url}");
            assert!(!open_here(url, &Desktop::default()), "{url}");
        }
    }

    /// A stand-in for the copy of this program. What it says arrives through the pipe `said`, which holds it until it is heard.
    #[cfg(target_os = "linux")]
    fn opener(folder: &Path) -> (PathBuf, std::sync::mpsc::Receiver<String>) {
        let (program, said) = (folder.join("opener"), folder.join("said"));
        assert!(Command::new("mkfifo").arg(&said).status().expect("mkfifo").success());
        let script = "#!/bin/sh\nread -r url <&0\nread -r _ _ _ _ group _ </proc/$$/stat\n\
                      echo \"$*|$url|$PATH|$BROWSER|$group\" >\"${0%/*}/said\"\n";
        super::super::written_by_a_child(&program, script);
        let (sender, heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(std::fs::read_to_string(said).unwrap_or_default()));
        (program, heard)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_opener_is_a_process_group_of_its_own_with_a_clean_search_path() {
        let folder = tempfile::tempdir().expect("a folder to play in");
        let (opener, heard) = opener(folder.path());
        let search_path = vec![PathBuf::from("/usr/bin"), PathBuf::from("/bin")];
        let desktop = Desktop { search_path, ..desktop("w3m:firefox:./x") };
        let browser = Browser::find(desktop, opener).expect("a browser");
        assert!(browser.open("https://bitbucket.org/x?a=b"));
        let said = heard.recv_timeout(std::time::Duration::from_secs(30)).expect("it was started");
        let (said, group) = said.trim_end().rsplit_once('|').expect("five parts");
        assert_eq!(said, "open-browser|https://bitbucket.org/x?a=b|/usr/bin:/bin|firefox");
        assert_ne!(group, rustix::process::getpgrp().as_raw_nonzero().to_string());
    }
}
