//! Writes files that are not there yet; others only by force. All of them, or as if nothing had happened.

use std::fs;
use std::path::{Path, PathBuf};

use crate::app::AppError;
use crate::init::Fate;
use crate::store::write_atomically;

/// A file that should be there.
pub struct Draft {
    /// Where.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
    /// What is in it, for people.
    pub purpose: String,
}

/// How to write.
#[derive(Clone, Copy)]
pub struct Mode {
    /// What is there may be replaced.
    pub force: bool,
    /// Nothing is written.
    pub dry_run: bool,
}

/// Whether there is anything of that name, be it a link that leads nowhere.
pub fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Writes, and says what became of each. After an error nothing new is left behind; what was replaced by force stays replaced.
pub fn write(drafts: &[Draft], mode: Mode) -> Result<Vec<Fate>, AppError> {
    let fates: Vec<Fate> = drafts.iter().map(|draft| fate(draft, mode)).collect::<Result<_, AppError>>()?;
    if mode.dry_run {
        return Ok(fates);
    }
    let mut made = Made::default();
    for (draft, fate) in drafts.iter().zip(&fates) {
        if matches!(fate, Fate::Written | Fate::Replaced) {
            made.write(draft, *fate).inspect_err(|_| made.undo())?;
        }
    }
    Ok(fates)
}

fn fate(draft: &Draft, mode: Mode) -> Result<Fate, AppError> {
    if draft.path.is_dir() {
        return Err(AppError::bad_output(&draft.path, "it is a folder"));
    }
    let is_same = || fs::read(&draft.path).is_ok_and(|bytes| bytes == draft.text.as_bytes());
    Ok(match (is_there(&draft.path), mode) {
        (true, _) if is_same() => Fate::Same,
        (true, Mode { force: false, .. }) => Fate::Kept,
        (true, Mode { dry_run: true, .. }) => Fate::WouldBeReplaced,
        (true, _) => Fate::Replaced,
        (false, Mode { dry_run: true, .. }) => Fate::WouldBeWritten,
        (false, _) => Fate::Written,
    })
}

/// What was not there before.
#[derive(Default)]
struct Made {
    /// Files and folders, in the order in which they were made.
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Made {
    fn write(&mut self, draft: &Draft, fate: Fate) -> Result<(), AppError> {
        let folder = draft.path.parent().unwrap_or(Path::new("."));
        let missing = folder.ancestors().take_while(|folder| !is_there(folder)).map(Path::to_owned);
        let missing: Vec<PathBuf> = missing.collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(&folder).map_err(|error| AppError::bad_output(&folder, &error.to_string()))?;
            self.folders.push(folder);
        }
        write_atomically(&draft.path, &draft.text)?;
        if fate == Fate::Written {
            self.files.push(draft.path.clone());
        }
        Ok(())
    }

    fn undo(&self) {
        // Nothing better can be done about a file that cannot be removed; the error that led here is told.
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}
