//! What was measured, one JSON object a line: a study that is interrupted loses nothing, and goes on where it was.

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Adds an entry. It is on its way to the disk before this returns.
pub fn append(file: &Path, entry: &impl Serialize) -> Result<(), Box<dyn Error>> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    Ok(file.write_all(&line)?)
}

/// All entries so far: none where there is no file yet.
pub fn read<T: DeserializeOwned>(file: &Path) -> Result<Vec<T>, Box<dyn Error>> {
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        text => text.map_err(|error| format!("cannot read `{}`: {error}", file.display()))?,
    };
    let entry = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| format!("`{}`, line {}: {error}", file.display(), number + 1).into())
    };
    text.lines().enumerate().map(entry).collect()
}
