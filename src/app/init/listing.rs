//! Reads a folder into a `Tree`: names of all files that belong to the project, texts of the few that say what it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::app::AppError;
use crate::init::{Tree, is_never_looked_into, is_worth_reading};
use crate::vcs::Git;

/// More files than this are not looked at: what a project is made of is said near its top.
const MOST_FILES: usize = 50_000;

/// Folders deeper than this are not looked into.
const DEEPEST: usize = 12;

/// A longer file is generated, and a manifest is not.
const LONGEST: u64 = 1 << 20;

/// What belongs to the project in this folder; what git ignores does not.
pub fn read(folder: &Path, git: Option<&Git>) -> Result<Tree, AppError> {
    let mut files = BTreeMap::new();
    let mut folders = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            // What lies deeper and cannot be read is left out; the folder itself must be readable.
            Err(_) if depth > 0 => continue,
            Err(error) => return Err(AppError::unreadable(&folder, &error)),
        };
        for entry in entries.flatten() {
            let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
            // A name that is no text cannot stand in a configuration.
            let Ok(name) = entry.file_name().into_string() else { continue };
            if git.is_some_and(|git| git.ignores(&path)) {
                continue;
            }
            let inside = format!("{prefix}{name}");
            // Links may lead anywhere, also in circles.
            if kind.is_dir() && depth < DEEPEST && !is_never_looked_into(&name) {
                folders.push((path, format!("{inside}/"), depth + 1));
            } else if kind.is_file() && files.len() < MOST_FILES {
                let text = is_worth_reading(&inside).then(|| text(&path)).flatten();
                files.insert(inside, text);
            }
        }
    }
    Ok(Tree::new(files))
}

fn text(path: &Path) -> Option<String> {
    let is_short = fs::metadata(path).is_ok_and(|facts| facts.len() <= LONGEST);
    is_short.then(|| fs::read_to_string(path).ok()).flatten()
}
