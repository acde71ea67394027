//! Folders and files that only their owner can read: made so, and checked before they are believed.
//! It knows no format; on Windows the profile's own access list does this work.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Makes `folder/name` for its owner alone and checks both; an error if another could look in or change it.
pub fn make(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(&path).map_err(failed("create", &path))?;
    check(folder, name)?;
    Ok(path)
}

/// The folder `folder/name` if it is there, checked like a new one.
pub fn find(folder: &Path, name: &str) -> Result<Option<PathBuf>> {
    let path = folder.join(name);
    match fs::symlink_metadata(&path) {
        Ok(_) => check(folder, name).map(|()| Some(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", &path)(error)),
    }
}

/// Opens a file of our own that is no link, no pipe and nobody else's to read; `None` if there is none.
pub fn open_private(options: &mut OpenOptions, path: &Path) -> Result<Option<File>> {
    private_options(options);
    match options.open(path) {
        Ok(file) => check_file(&file, path).map(|()| Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if is_link(&error) => Err(Error::UnsafeFile { path: path.into(), why: "it is a symbolic link" }),
        Err(error) => Err(failed("open", path)(error)),
    }
}

/// Turns an input/output error into one that says what was tried.
pub fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |error| Error::File { action, path: path.into(), why: error.kind() }
}

/// The data folder may be a link the person made; the folder inside it holds secrets and may not.
#[cfg(unix)]
fn check(folder: &Path, name: &str) -> Result<()> {
    let outer = fs::metadata(folder).map_err(failed("read", folder))?;
    check_folder(&outer, folder, 0o022, "others may write to it")?;
    let path = folder.join(name);
    let inner = fs::symlink_metadata(&path).map_err(failed("read", &path))?;
    check_folder(&inner, &path, 0o077, "others may look into it")
}

#[cfg(unix)]
fn check_folder(found: &fs::Metadata, path: &Path, forbidden: u32, why: &'static str) -> Result<()> {
    if !found.is_dir() {
        return Err(Error::UnsafeFile { path: path.into(), why: "it is not a folder" });
    }
    check_owner(found, path, forbidden, why)
}

#[cfg(unix)]
fn check_file(file: &File, path: &Path) -> Result<()> {
    let found = file.metadata().map_err(failed("read", path))?;
    if !found.is_file() {
        return Err(Error::UnsafeFile { path: path.into(), why: "it is not a plain file" });
    }
    check_owner(&found, path, 0o077, "others may read it")
}

#[cfg(unix)]
fn check_owner(found: &fs::Metadata, path: &Path, forbidden: u32, why: &'static str) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(Error::UnsafeFile { path: path.into(), why: "it belongs to somebody else" });
    }
    if found.mode() & forbidden != 0 {
        return Err(Error::UnsafeFile { path: path.into(), why });
    }
    Ok(())
}

/// `NONBLOCK`, since opening a planted pipe would wait for ever.
#[cfg(unix)]
fn private_options(options: &mut OpenOptions) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.mode(0o600).custom_flags(i32::try_from(flags.bits()).expect("open flags fit an int"));
}

#[cfg(unix)]
fn is_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn check(_: &Path, _: &str) -> Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn check_file(_: &File, _: &Path) -> Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn private_options(_: &mut OpenOptions) {}

#[cfg(not(unix))]
fn is_link(_: &io::Error) -> bool {
    false
}
