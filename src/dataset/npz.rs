//! NPZ: NumPy's archive of arrays, a ZIP file with an array in each entry, stored or deflated.

use std::sync::Arc;

use miniz_oxide::inflate::decompress_to_vec_with_limit;
use rawzip::{CompressionMethod, ZipArchive, ZipSliceArchive, ZipVerification};

use super::npy::{Array, HEADER_ROOM, Header, wrong_size};
use super::{Dataset, DatasetError, Label, Numbers, Samples, excerpt};

/// Names of the array of samples, and of that of labels. The capitals are the habit of scikit-learn.
const SAMPLES: [&str; 2] = ["x", "X"];
const LABELS: [&str; 4] = ["y", "Y", "label", "labels"];

/// Reads the samples and their labels.
pub fn read(content: &[u8]) -> Result<Dataset, DatasetError> {
    let archive = open(content)?;
    let entries = entries(&archive)?;
    let samples = samples_among(&entries)?;
    let labels = only(&entries, &LABELS, "labels")?;
    let numbers = samples.load().and_then(|(header, file)| numbers(&samples.name, &header, &file));
    let numbers = numbers.map_err(|problem| samples.fault(problem))?;
    let labels = labels.map(|entry| {
        let labels = entry.load().and_then(|(header, file)| spelled(&header, &file, numbers.len(), &samples.name));
        labels.map_err(|problem| entry.fault(problem))
    });
    Ok(Dataset { samples: Samples::Numbers(Arc::new(numbers)), labels: labels.transpose()? })
}

fn open(content: &[u8]) -> Result<ZipSliceArchive<&[u8]>, DatasetError> {
    ZipArchive::from_slice(content).map_err(|_| {
        let hint = if Header::read(content.get(..HEADER_ROOM).unwrap_or(content)).is_ok() {
            "it is a single array; save it with `numpy.savez(path, x=array)`"
        } else {
            "it is no NPZ file or not all of one; expected what `numpy.savez` writes"
        };
        DatasetError::Archive(hint.to_owned())
    })
}

/// An array in the archive.
struct Entry<'a> {
    name: String,
    method: CompressionMethod,
    is_encrypted: bool,
    /// As it lies in the archive.
    data: &'a [u8],
    claims: ZipVerification,
}

fn entries<'a>(archive: &'a ZipSliceArchive<&[u8]>) -> Result<Vec<Entry<'a>>, DatasetError> {
    let broken = |error: rawzip::Error| DatasetError::Archive(format!("its ZIP archive is damaged: {error}"));
    let mut entries = Vec::new();
    let mut records = archive.entries();
    while let Some(record) = records.next_entry().map_err(broken)? {
        let path = String::from_utf8_lossy(record.file_path().as_bytes()).into_owned();
        let Some(name) = path.strip_suffix(".npy") else { continue };
        let entry = archive.get_entry(record.wayfinder()).map_err(broken)?;
        entries.push(Entry {
            name: name.to_owned(),
            method: record.compression_method(),
            is_encrypted: record.flags().is_encrypted(),
            data: entry.data(),
            claims: entry.claim_verifier(),
        });
    }
    Ok(entries)
}

/// The only entry with one of these names.
fn only<'a, 'b>(entries: &'b [Entry<'a>], names: &[&str], of: &str) -> Result<Option<&'b Entry<'a>>, DatasetError> {
    let mut found = entries.iter().filter(|entry| names.contains(&entry.name.as_str()));
    let first = found.next();
    match (first, found.next()) {
        (Some(first), Some(second)) => {
            let problem = format!("it has two arrays of {of}, `{}` and `{}`; keep one", first.name, second.name);
            Err(DatasetError::Archive(problem))
        }
        _ => Ok(first),
    }
}

/// The array of samples: the one of that name, or the only one of numbers besides the labels.
fn samples_among<'a, 'b>(entries: &'b [Entry<'a>]) -> Result<&'b Entry<'a>, DatasetError> {
    if let Some(named) = only(entries, &SAMPLES, "samples")? {
        return Ok(named);
    }
    let mut candidates = Vec::new();
    let mut others = Vec::new();
    for entry in entries.iter().filter(|entry| !LABELS.contains(&entry.name.as_str())) {
        match entry.header() {
            Ok(header) if header.element.is_number() => candidates.push(entry),
            Ok(header) => others.push(format!("`{}` (`{}`)", excerpt(&entry.name), header.descr)),
            // The only array there is says best itself what is wrong with it.
            Err(problem) if entries.len() == 1 => return Err(entry.fault(problem)),
            Err(problem) => others.push(format!("`{}` ({problem})", excerpt(&entry.name))),
        }
    }
    match candidates.as_slice() {
        [only] => Ok(only),
        [] => {
            let found = if others.is_empty() { String::new() } else { format!("; there is {}", others.join(", ")) };
            let problem = format!("it has no array of samples: expected an array `x` of numbers{found}");
            Err(DatasetError::Archive(problem))
        }
        several => {
            let names: Vec<String> = several.iter().map(|entry| format!("`{}`", excerpt(&entry.name))).collect();
            let problem = format!("it has several arrays of numbers, {}; name the samples `x`", names.join(", "));
            Err(DatasetError::Archive(problem))
        }
    }
}

impl Entry<'_> {
    fn fault(&self, problem: String) -> DatasetError {
        DatasetError::Array { array: excerpt(&self.name), problem }
    }

    /// What the array is, read from its first bytes only.
    fn header(&self) -> Result<Header, String> {
        Header::read(&self.unpacked(HEADER_ROOM)?)
    }

    /// The whole file of the array, with its header.
    fn load(&self) -> Result<(Header, Vec<u8>), String> {
        let header = self.header()?;
        let claimed = self.claims.uncompressed_size;
        let size = header.file_size().filter(|&size| size as u64 == claimed);
        let size = size.ok_or_else(|| wrong_size(&header, claimed))?;
        let file = self.unpacked(size)?;
        let found = ZipVerification { crc: rawzip::crc32(&file), uncompressed_size: file.len() as u64 };
        self.claims.valid(found).map_err(|error| format!("its part of the ZIP archive is damaged: {error}"))?;
        Ok((header, file))
    }

    /// The bytes, up to so many.
    fn unpacked(&self, most: usize) -> Result<Vec<u8>, String> {
        if self.is_encrypted {
            return Err("it is encrypted".to_owned());
        }
        match self.method {
            CompressionMethod::STORE => Ok(self.data.get(..most).unwrap_or(self.data).to_vec()),
            CompressionMethod::DEFLATE => match decompress_to_vec_with_limit(self.data, most) {
                Ok(bytes) => Ok(bytes),
                Err(error) if error.status == miniz_oxide::inflate::TINFLStatus::HasMoreOutput => Ok(error.output),
                Err(error) => Err(format!("its part of the ZIP archive is damaged: {error}")),
            },
            other => Err(format!(
                "it is compressed with method {}; expected what `numpy.savez` or `savez_compressed` writes",
                other.as_u16()
            )),
        }
    }
}

/// The samples: every entry of the first dimension is a row.
fn numbers(name: &str, header: &Header, file: &[u8]) -> Result<Numbers, String> {
    if !header.element.is_number() {
        return Err(format!("its elements are `{}`, expected numbers", header.descr));
    }
    let array = Array::new(header, file)?;
    let name = excerpt(name);
    let (rows, columns) = match header.shape.as_slice() {
        [] => return Err("it is a single number, expected a shape that begins with the number of samples".to_owned()),
        shape if shape.contains(&0) => {
            return Err(format!(
                "its shape is {}, expected at least one sample and one number in each",
                header.shape()
            ));
        }
        [rows] => (*rows, vec![name.clone()]),
        [rows, ..] => (*rows, (0..header.width()).map(|column| format!("{name}{column}")).collect()),
    };
    let mut values = Vec::with_capacity(rows.saturating_mul(columns.len()));
    for row in 0..rows {
        for (column, number) in array.numbers(row).enumerate() {
            let single = number as f32;
            if !single.is_finite() {
                let place = index(&header.shape, row, column);
                return Err(format!(
                    "the element {name}[{place}] is {number:?}, expected a number that fits into a 32-bit float"
                ));
            }
            values.push(single);
        }
    }
    Ok(Numbers { columns, values })
}

/// The labels, one for each sample.
fn spelled(header: &Header, file: &[u8], samples: usize, of: &str) -> Result<Vec<Label>, String> {
    let array = Array::new(header, file)?;
    let rows = match header.shape.as_slice() {
        [rows] | [rows, 1] => *rows,
        _ => return Err(format!("its shape is {}, expected one label for each sample: ({samples},)", header.shape())),
    };
    if rows != samples {
        return Err(format!("it has {rows} labels, expected {samples}, one for each row of `{}`", excerpt(of)));
    }
    let labels = (0..rows).flat_map(|row| array.spellings(row).map(move |spelling| (row, spelling)));
    let label = |(row, spelling): (usize, Result<String, String>)| {
        spelling.map(Label::new).map_err(|found| format!("label {row} is {found}, expected a number or a text"))
    };
    labels.map(label).collect()
}

/// An element's place as Python writes it.
fn index(shape: &[usize], row: usize, column: usize) -> String {
    let mut places = Vec::new();
    let mut rest = column;
    for &size in shape.iter().skip(1).rev() {
        places.push((rest % size.max(1)).to_string());
        rest /= size.max(1);
    }
    places.push(row.to_string());
    places.reverse();
    places.join(", ")
}

#[cfg(test)]
mod tests;
