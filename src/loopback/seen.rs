//! The listener and its pages as a real Chromium sees them.

#[path = "../../tests/stage/chromium.rs"]
mod chromium;

use super::{Listener, Page, Redirect};
use bitbucket_sandbox::{Sandbox, seeds};
use chromium::{Chromium, Key};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// Whatever comes is answered with this page, until it came as often as is said.
fn serve(listener: &Listener, page: &Page, times: usize) {
    for _ in 0..times {
        listener.next(PATIENCE).expect("a visit").answer(page);
    }
}

fn listening() -> Listener {
    Listener::bind(&Redirect::parse("http://127.0.0.1/cloud").expect("an address")).expect("a port")
}

/// The browser goes there while the listener waits.
fn opens(chromium: &Chromium, listener: &Listener, page: &Page) {
    let url = format!("{}?code=c&state=s", listener.address());
    std::thread::scope(|scope| {
        scope.spawn(|| chromium.open(&url));
        serve(listener, page, 1);
    });
}

#[test]
fn the_pages_are_shown_in_light_and_dark_without_a_script() {
    let Some(chromium) = Chromium::start(None) else { return };
    let listener = listening();
    let pages = [
        ("linked", Page::linked("alice", "bitbucket.org"), "You are signed in"),
        ("denied", Page::denied("bitbucket.org"), "called off"),
        ("failed", Page::failed(), "did not work"),
        ("wrong", Page::wrong_account("bob.builder", "alice", "git.corp.example/bitbucket"), "another account"),
        ("long", Page::linked(&"annemarie-".repeat(12), &"deep.".repeat(24)), "You are signed in"),
    ];
    for (name, page, words) in pages {
        let colors = ["light", "dark"].map(|scheme| {
            chromium.prefers(scheme);
            opens(&chromium, &listener, &page);
            chromium.shows(words);
            keep(&chromium, &format!("{name}-{scheme}"));
            chromium.style("main", "background-color")
        });
        assert!(chromium.title().ends_with("git-credential-bitbucket"));
        // the policy lets the style through, and the style knows both schemes
        assert_eq!(colors, ["rgba(255, 255, 255, 1)", "rgba(26, 31, 42, 1)"], "{name}");
    }
}

#[test]
fn a_phone_shows_the_page_whole() {
    let Some(chromium) = Chromium::start(None) else { return };
    let listener = listening();
    chromium.resizes(360, 640);
    chromium.without_scripts();
    opens(&chromium, &listener, &Page::linked("alice", "bitbucket.org"));
    chromium.shows("You can close this window");
    keep(&chromium, "phone");
}

#[test]
fn a_form_of_our_own_page_passes_the_guards() {
    let Some(chromium) = Chromium::start(None) else { return };
    let listener =
        Listener::with_forms(&Redirect::parse("http://127.0.0.1/page").expect("an address")).expect("a port");
    chromium.without_scripts();
    let form = "<form method=\"post\"><input name=\"token\" aria-label=\"Token\"><button>Go on</button></form>";
    opens(&chromium, &listener, &Page::with_form("Sign in", form));
    chromium.press(Key::Tab);
    assert_eq!(chromium.focus(), "token");
    chromium.types_blindly("a b&c=ä");
    std::thread::scope(|scope| {
        scope.spawn(|| chromium.press(Key::Enter));
        let visit = listener.next(PATIENCE).expect("the form");
        assert!(visit.is_form());
        assert_eq!(visit.fields().only("token").and_then(|token| token.expose_text()), Some("a b&c=ä"));
        visit.answer(&Page::linked("alice", "bitbucket.org"));
    });
    chromium.shows("You are signed in");
}

#[test]
fn a_consent_at_the_site_leads_back_to_the_listener() {
    let sandbox = Sandbox::start();
    let Some(chromium) = Chromium::start(Some(&sandbox.proxy_url())) else { return };
    sandbox.browser_user("alice");
    let listener = listening();
    let mut url =
        url::Url::parse("https://bitbucket.org/site/oauth2/authorize?response_type=code&state=s").expect("a URL");
    url.query_pairs_mut().append_pair("client_id", seeds::CONSUMER_ID).append_pair("redirect_uri", &listener.address());
    chromium.open(url.as_str());
    chromium.shows("Grant access to");
    std::thread::scope(|scope| {
        scope.spawn(|| chromium.click("button.yes"));
        let visit = listener.next(PATIENCE).expect("the browser comes back");
        assert!(visit.fields().only("code").is_some());
        assert_eq!(visit.fields().only("state").and_then(|state| state.expose_text()), Some("s"));
        visit.answer(&Page::linked("alice", "bitbucket.org"));
    });
    chromium.shows("You are signed in");
    assert!(chromium.title().starts_with("You are signed in"));
}

/// Serves this page to whoever asks, from another origin on this machine.
fn elsewhere(page: String) -> String {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/", socket.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for mut stream in socket.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let length = page.len();
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close");
            let _ = write!(stream, "{head}\r\n\r\n{page}");
        }
    });
    address
}

#[test]
fn o7_nothing_that_a_page_elsewhere_does_behind_the_persons_back_is_a_visit() {
    let Some(chromium) = Chromium::start(None) else { return };
    let listener =
        Listener::with_forms(&Redirect::parse("http://127.0.0.1/cloud").expect("an address")).expect("a port");
    let forged = format!("{}?code=evil&state=s", listener.address());
    let page = format!(
        "<img src='{forged}'><iframe name=f src='{forged}'></iframe><object data='{forged}'></object>\
         <link rel=prefetch href='{forged}'><link rel=stylesheet href='{forged}'>\
         <form method=post target=f action='{forged}'><input name=code value=evil></form>\
         <script>document.forms[0].submit();\
         const ways = [{{}}, {{mode: 'no-cors'}}, {{method: 'POST', mode: 'no-cors', body: new URLSearchParams('code=evil')}}];\
         Promise.allSettled(ways.map(way => fetch('{forged}', way)))\
         .then(all => document.body.append('tried ' + all.length))</script>"
    );
    chromium.open(&elsewhere(page));
    chromium.shows("tried 3");
    assert!(listener.next(Duration::from_millis(200)).is_none());
    opens(&chromium, &listener, &Page::linked("alice", "bitbucket.org"));
    chromium.shows("You are signed in");
}

/// Screenshots are for people to look at: in the folder `target/screenshots`.
fn keep(chromium: &Chromium, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&folder).expect("a folder");
    chromium.screenshot(&folder.join(format!("{name}.png")));
}
