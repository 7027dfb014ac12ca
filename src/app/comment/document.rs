//! The document that is to be posted, which may come from a stranger's run: bounded before it is read, understood as nothing
//! but a comparison.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::super::AppError;
use super::super::wrong_file::{self, Wanted};
use crate::gate::Comparison;
use crate::wire::read_comparison;

/// A comparison of thousands of rows is smaller.
const MOST_BYTES: u64 = 5 << 20;

/// Reads it. A stranger's file (`is_hostile`) is no link to somewhere else.
pub fn read(path: &Path, is_hostile: bool) -> Result<Comparison, AppError> {
    let unreadable = |error: std::io::Error| AppError::unreadable(path, &error);
    let found = if is_hostile { fs::symlink_metadata(path) } else { fs::metadata(path) }.map_err(unreadable)?;
    if !found.is_file() {
        return Err(AppError::usage(format!("`{}` is no regular file", path.display())));
    }
    // The file may have grown since: no more is read than that, whatever its length is said to be.
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        let message =
            format!("`{}` is larger than {} MiB: no comparison document is", path.display(), MOST_BYTES >> 20);
        return Err(AppError::usage(message));
    }
    let text = wrong_file::text(path, bytes, Wanted::Comparison)?;
    read_comparison(&text).map_err(|problem| wrong_file::wrong(path, &text, Wanted::Comparison, &problem))
}
