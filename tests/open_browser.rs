//! Opening the browser: the right program gets the address, nothing else happens, and a machine without one is no error.

use crate::stage::{Desk, write_program};
use std::fs;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const URL: &str = "https://bitbucket.org/site/oauth2/authorize?client_id=a&state=b%2Bc";

/// Nothing here takes longer than a few milliseconds; a minute means that it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A desk where only these programs can be found. Each says its name and its arguments, and lives until it is heard.
fn desk_with(programs: &[&str]) -> (Desk, Receiver<String>) {
    let desk = Desk::alone();
    let (folder, said) = (desk.home().join("bin"), desk.home().join("said"));
    fs::create_dir(&folder).expect("a folder");
    assert!(Command::new("mkfifo").arg(&said).status().expect("mkfifo").success());
    for program in programs {
        let script = format!("#!/bin/sh\nread -r line && exit 1\necho \"${{0##*/}} $*\" >'{}'\n", said.display());
        write_program(&folder.join(program), &script);
    }
    let (sender, heard) = channel();
    std::thread::spawn(move || sender.send(fs::read_to_string(said).unwrap_or_default()));
    let path = folder.to_str().expect("text").to_owned();
    (desk.with("PATH", &path), heard)
}

/// The address is handed over, and the opening says nothing and waits for nobody.
fn opens(desk: &Desk, heard: &Receiver<String>) -> String {
    desk.helper(&["open-browser"], URL).misses_in_silence();
    heard.recv_timeout(PATIENCE).expect("a browser")
}

#[test]
fn the_persons_own_choice_of_browser_is_honoured() {
    let (desk, heard) = desk_with(&["mine", "xdg-open"]);
    let desk = desk.with("BROWSER", "not-there:mine --new-window");
    assert_eq!(opens(&desk, &heard), format!("mine --new-window {URL}\n"));
}

#[test]
fn a_browser_that_wants_the_address_elsewhere_gets_it_there_and_once() {
    let (desk, heard) = desk_with(&["mine"]);
    let desk = desk.with("BROWSER", "mine --app=%s --quiet");
    assert_eq!(opens(&desk, &heard), format!("mine --app={URL} --quiet\n"));
}

#[test]
fn a_text_browser_is_passed_over() {
    let (desk, heard) = desk_with(&["w3m", "mine"]);
    let desk = desk.with("BROWSER", "w3m:mine");
    assert_eq!(opens(&desk, &heard), format!("mine {URL}\n"));
}

#[test]
fn a_machine_that_has_only_xdg_open_opens_the_browser_too() {
    let (desk, heard) = desk_with(&["xdg-open"]);
    assert_eq!(opens(&desk, &heard), format!("xdg-open {URL}\n"));
}

#[test]
fn linux_inside_windows_opens_the_browser_of_windows() {
    let (desk, heard) = desk_with(&["wslview", "xdg-open"]);
    let desk = desk.with("WSL_DISTRO_NAME", "Debian");
    assert_eq!(opens(&desk, &heard), format!("wslview {URL}\n"));
}

#[test]
fn a_machine_without_a_browser_is_told_so_without_a_word() {
    let (desk, _heard) = desk_with(&[]);
    let done = desk.helper(&["open-browser"], URL);
    assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (1, "", ""));
}

#[test]
fn an_address_that_is_no_web_address_is_opened_by_nobody() {
    let (desk, heard) = desk_with(&["mine", "xdg-open"]);
    let desk = desk.with("BROWSER", "mine");
    for url in ["file:///etc/passwd", "--version", "https://x/$(id)", ""] {
        desk.helper(&["open-browser"], url).fails();
    }
    assert!(heard.try_recv().is_err());
}
