//! One array in NumPy's own format: a header that says what the bytes after it are.
//!
//! Here: numbers, truth values and texts in any shape and order of bytes. Not here: Python objects, whose pickles are programs.

mod notation;

use self::notation::Entries;
use super::excerpt;

const MAGIC: &[u8] = b"\x93NUMPY";

/// As much of a file as a header can need in practice.
pub const HEADER_ROOM: usize = 0x4000;

/// What a header says.
#[derive(Debug, PartialEq)]
pub struct Header {
    /// What each element is.
    pub element: Element,
    /// How NumPy writes that.
    pub descr: String,
    /// How many elements in each dimension.
    pub shape: Vec<usize>,
    big_endian: bool,
    /// The first dimension varies fastest, not the last.
    fortran: bool,
    /// Where the elements begin.
    start: usize,
}

/// What an element is, with its bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Element {
    /// True or false.
    Truth,
    /// A whole number of this many bytes.
    Signed(usize),
    /// A whole number of this many bytes, never negative.
    Unsigned(usize),
    /// A floating-point number of this many bytes, 4 or 8.
    Float(usize),
    /// A text of so many code points.
    Unicode(usize),
    /// A text of so many bytes.
    Bytes(usize),
}

impl Element {
    fn size(self) -> usize {
        match self {
            Self::Truth => 1,
            Self::Signed(bytes) | Self::Unsigned(bytes) | Self::Float(bytes) | Self::Bytes(bytes) => bytes,
            Self::Unicode(points) => points.saturating_mul(4),
        }
    }

    /// Whether it is a number or a truth value.
    pub fn is_number(self) -> bool {
        !matches!(self, Self::Unicode(_) | Self::Bytes(_))
    }
}

impl Header {
    /// Reads the header from the beginning of a file.
    pub fn read(file: &[u8]) -> Result<Self, String> {
        let rest = file.strip_prefix(MAGIC).ok_or("not an array of NumPy")?;
        let broken = || "its header ends too early".to_owned();
        let (length, begin): (usize, usize) = match rest {
            [1, _, a, b, ..] => (usize::from(u16::from_le_bytes([*a, *b])), 4),
            [2 | 3, _, a, b, c, d, ..] => {
                (usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])).map_err(|_| broken())?, 6)
            }
            [version, ..] if *version > 3 => return Err(format!("version {version} of NumPy's format is not known")),
            _ => return Err(broken()),
        };
        let text = rest.get(begin..begin.saturating_add(length)).ok_or_else(broken)?;
        let entries = String::from_utf8_lossy(text);
        let Entries { descr, fortran, shape } = Entries::read(&entries)?;
        let (element, big_endian) = element(&descr)?;
        Ok(Self { element, descr, shape, big_endian, fortran, start: MAGIC.len() + begin + length })
    }

    /// How many bytes the whole file has.
    pub fn file_size(&self) -> Option<usize> {
        self.count()?.checked_mul(self.element.size())?.checked_add(self.start)
    }

    /// How many elements there are; `None` if more than can be counted.
    fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size))
    }

    /// How many elements each entry of the first dimension has.
    pub fn width(&self) -> usize {
        self.shape.iter().skip(1).fold(1, |product: usize, &size| product.saturating_mul(size))
    }

    /// The shape as NumPy writes it.
    pub fn shape(&self) -> String {
        let sizes: Vec<String> = self.shape.iter().map(usize::to_string).collect();
        excerpt(&format!("({}{})", sizes.join(", "), if sizes.len() == 1 { "," } else { "" }))
    }

    /// Where the elements of row 0 lie, counted in elements, the last index varying fastest; and how far the next row is.
    fn places(&self) -> (Vec<usize>, usize) {
        let width = self.width();
        if !self.fortran {
            return ((0..width).collect(), width);
        }
        let mut places = vec![0];
        let mut step = self.shape.first().copied().unwrap_or(1);
        for &size in self.shape.iter().skip(1) {
            places = places.iter().flat_map(|place| (0..size).map(move |index| place + index * step)).collect();
            step *= size;
        }
        (places, 1)
    }

    fn raw(&self, bytes: &[u8]) -> u64 {
        let push = |raw: u64, byte: &u8| raw << 8 | u64::from(*byte);
        if self.big_endian { bytes.iter().fold(0, push) } else { bytes.iter().rev().fold(0, push) }
    }
}

/// An array whose file is complete.
pub struct Array<'a> {
    header: &'a Header,
    elements: &'a [u8],
    places: Vec<usize>,
    step: usize,
}

impl<'a> Array<'a> {
    /// The array in this file, which must be as long as the header says.
    pub fn new(header: &'a Header, file: &'a [u8]) -> Result<Self, String> {
        if header.file_size() != Some(file.len()) {
            return Err(wrong_size(header, file.len() as u64));
        }
        // An array without elements may have a dimension of any size.
        let (places, step) = if header.count() == Some(0) { (Vec::new(), 0) } else { header.places() };
        Ok(Self { header, elements: file.get(header.start..).unwrap_or_default(), places, step })
    }

    /// The bytes of the elements of a row.
    fn row(&self, row: usize) -> impl Iterator<Item = &'a [u8]> {
        let size = self.header.element.size();
        self.places.iter().map(move |place| {
            let start = (place + row * self.step) * size;
            self.elements.get(start..start + size).unwrap_or_default()
        })
    }

    /// The elements of a row as numbers, the last index varying fastest. Texts are not numbers: NaN.
    pub fn numbers(&self, row: usize) -> impl Iterator<Item = f64> {
        self.row(row).map(|bytes| {
            let raw = self.header.raw(bytes);
            match self.header.element {
                Element::Truth => f64::from(u8::from(raw != 0)),
                Element::Unsigned(_) => raw as f64,
                Element::Signed(size) => signed(raw, size) as f64,
                Element::Float(4) => f64::from(f32::from_bits(raw as u32)),
                Element::Float(_) => f64::from_bits(raw),
                Element::Unicode(_) | Element::Bytes(_) => f64::NAN,
            }
        })
    }

    /// The elements of a row as they are spelled; the error says why one cannot be.
    pub fn spellings(&self, row: usize) -> impl Iterator<Item = Result<String, String>> {
        self.row(row).map(|bytes| {
            let raw = self.header.raw(bytes);
            match self.header.element {
                Element::Truth => Ok((raw != 0).to_string()),
                Element::Unsigned(_) => Ok(raw.to_string()),
                Element::Signed(size) => Ok(signed(raw, size).to_string()),
                Element::Float(4) => finite(f32::from_bits(raw as u32), f32::is_finite),
                Element::Float(_) => finite(f64::from_bits(raw), f64::is_finite),
                Element::Unicode(_) => {
                    let points = bytes.chunks_exact(4).map(|point| self.header.raw(point) as u32);
                    let text =
                        points.map(|point| char::from_u32(point).ok_or("no text")).collect::<Result<String, _>>()?;
                    Ok(text.trim_end_matches('\0').to_owned())
                }
                Element::Bytes(_) => {
                    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8 text")?;
                    Ok(text.trim_end_matches('\0').to_owned())
                }
            }
        })
    }
}

/// What there is to say about a file that is longer or shorter than its header says.
pub fn wrong_size(header: &Header, found: u64) -> String {
    let expected = header.file_size().map_or_else(|| "more than can be".to_owned(), |size| size.to_string());
    format!("it has {found} bytes, expected {expected} for the shape {} of `{}`", header.shape(), header.descr)
}

fn signed(raw: u64, size: usize) -> i64 {
    let unused = 64 - 8 * size as u32;
    ((raw << unused) as i64) >> unused
}

fn finite<T: Copy + std::fmt::Display>(number: T, is_finite: impl Fn(T) -> bool) -> Result<String, String> {
    if is_finite(number) { Ok(number.to_string()) } else { Err(format!("{number}")) }
}

/// What NumPy's name for a type means, and whether the first byte is the highest.
fn element(descr: &str) -> Result<(Element, bool), String> {
    let refused = || {
        let descr = excerpt(descr);
        format!("its elements are `{descr}`; expected float32, float64, whole numbers, truth values or texts")
    };
    let mut characters = descr.chars();
    let order = characters.next();
    let kind = characters.next();
    if kind == Some('O') {
        return Err("its elements are Python objects (pickled), which perfgate does not read; save it with a type of \
                    numbers or texts, such as `.astype(\"float32\")`"
            .to_owned());
    }
    let size: usize = characters.as_str().parse().map_err(|_| refused())?;
    let element = match (kind, size) {
        (_, 0) => return Err(refused()),
        (Some('b'), 1) => Element::Truth,
        (Some('i'), 1 | 2 | 4 | 8) => Element::Signed(size),
        (Some('u'), 1 | 2 | 4 | 8) => Element::Unsigned(size),
        (Some('f'), 4 | 8) => Element::Float(size),
        (Some('U'), _) => Element::Unicode(size),
        (Some('S'), _) => Element::Bytes(size),
        _ => return Err(refused()),
    };
    match order {
        Some('<' | '|' | '=') => Ok((element, false)),
        Some('>') => Ok((element, true)),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests;
