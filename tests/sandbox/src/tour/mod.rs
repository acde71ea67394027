//! The product's main job, shown on the sandbox with a real git. It builds the helper itself, and ends well only if all of
//! it worked. A chapter is a file with one function, entered in `CHAPTERS`; what it can do and insist on is in `stage`.

mod accounts;
mod browser;
mod cloud;
mod data_center;
mod ear;
mod ending;
mod safety;
mod scene;
mod screen;
mod stage;

pub use ear::{PERSON, answer_a_question, browse, overhear};
pub(crate) use stage::build_helper;

use screen::Screen;
use stage::Stage;
use std::error::Error;

/// What a chapter returns: an error says what did not work.
type Outcome<T> = Result<T, Box<dyn Error>>;

type Chapter = fn(&mut Stage) -> Outcome<()>;

/// In the order in which they are told. All share one Alice, her home and one sandbox: what a chapter has signed in stays so.
const CHAPTERS: [(&str, Chapter); 5] = [
    ("Bitbucket Cloud", cloud::chapter),
    ("A Data Center at work", data_center::chapter),
    ("Two accounts", accounts::chapter),
    ("The browser", browser::chapter),
    ("What does not happen", safety::chapter),
];

/// Walks through all of it; an error names what did not work.
pub fn run() -> Outcome<()> {
    let screen = Screen::of_stdout();
    screen.title("git-credential-bitbucket, shown on a Bitbucket of its own");
    screen.text("bitbucket.org and a company's Data Center run on this machine, behind a proxy with its own CA.");
    screen.text("Git and the helper use their true names; no request leaves the machine, and nothing of it stays.");
    let mut stage = Stage::new(screen)?;
    for (title, chapter) in CHAPTERS {
        stage.screen.chapter(title);
        chapter(&mut stage)?;
    }
    ending::show(&stage.screen);
    Ok(())
}
