//! Notes of one line beside the locks, none of them secret: what was cancelled, chosen, refused, reminded of. One that cannot be
//! written or read costs a question or a line more, and nothing else.

use crate::files;
use crate::site::Site;
use crate::storage::Key;
use crate::world::World;
use std::path::PathBuf;

/// What a note is about.
#[derive(Clone, Copy)]
pub enum Note {
    Cancelled,
    Chosen,
    Refused,
    Reminded,
}

/// Writes a note about an account or a project (`""`: about the site itself) over the one before it; tells whether it was kept.
pub fn write(world: &World, site: &Site, account: &str, note: Note, text: &str) -> bool {
    file(world, site, account, note).is_some_and(|path| files::replace(&path, text.as_bytes()).is_ok())
}

/// The note, if there is one.
pub fn read(world: &World, site: &Site, account: &str, note: Note) -> Option<String> {
    let bytes = files::read(&file(world, site, account, note)?).ok()??;
    String::from_utf8(bytes.to_vec()).ok()
}

/// Takes a note away.
pub fn remove(world: &World, site: &Site, account: &str, note: Note) {
    // a note that stays is only old
    let _ = file(world, site, account, note).map(|path| files::remove(&path));
}

fn file(world: &World, site: &Site, account: &str, note: Note) -> Option<PathBuf> {
    let key = Key { site: site.to_string(), account: account.to_lowercase() };
    let ending = match note {
        Note::Cancelled => "cancelled",
        Note::Chosen => "chosen",
        Note::Refused => "refused",
        Note::Reminded => "reminded",
    };
    Some(world.folder().ok()?.join("locks").join(format!("{}.{ending}", key.file_name())))
}
