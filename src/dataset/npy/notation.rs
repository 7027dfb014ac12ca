//! The header of an array as text: a dictionary in Python's notation.

use super::super::excerpt;

/// What a header holds: a dictionary in Python's notation, of which NumPy writes these three keys and no others.
pub struct Entries {
    /// The name of the elements' type.
    pub descr: String,
    /// Whether the first dimension varies fastest.
    pub fortran: bool,
    /// How many elements in each dimension.
    pub shape: Vec<usize>,
}

impl Entries {
    /// Reads the text of a header.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut at = Notation(text);
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        let parsed = at.entries(|key, at| {
            match key {
                "descr" => descr = Some(at.descr()?),
                "fortran_order" => fortran = Some(at.truth()?),
                "shape" => shape = Some(at.sizes()?),
                _ => return None,
            }
            Some(())
        });
        match (parsed, descr, fortran, shape) {
            (_, Some(Descr::Records), ..) => {
                Err("its elements are records of several fields; expected an array of one type".to_owned())
            }
            (Some(()), Some(Descr::Name(descr)), Some(fortran), Some(shape)) => Ok(Self { descr, fortran, shape }),
            _ => Err(format!("its header is not one of NumPy: `{}`", excerpt(text.trim()))),
        }
    }
}

/// What a header says about the elements.
enum Descr {
    /// The name of their type.
    Name(String),
    /// They have fields; the list of those is not read.
    Records,
}

/// What is left of a text in Python's notation. `None` is: not what was looked for.
struct Notation<'a>(&'a str);

impl<'a> Notation<'a> {
    fn eat(&mut self, expected: char) -> Option<()> {
        self.0 = self.0.trim_start().strip_prefix(expected)?;
        Some(())
    }

    fn entries(&mut self, mut entry: impl FnMut(&str, &mut Self) -> Option<()>) -> Option<()> {
        self.eat('{')?;
        while self.eat('}').is_none() {
            let key = self.text()?;
            self.eat(':')?;
            entry(key, self)?;
            if self.eat(',').is_none() {
                return self.eat('}');
            }
        }
        Some(())
    }

    fn text(&mut self) -> Option<&'a str> {
        let rest = self.0.trim_start();
        let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        let (text, rest) = rest.get(1..)?.split_once(quote)?;
        self.0 = rest;
        Some(text)
    }

    fn descr(&mut self) -> Option<Descr> {
        match self.eat('[') {
            Some(()) => Some(Descr::Records),
            None => self.text().map(|name| Descr::Name(name.to_owned())),
        }
    }

    fn truth(&mut self) -> Option<bool> {
        let rest = self.0.trim_start();
        let (truth, rest) = match rest.strip_prefix("True") {
            Some(rest) => (true, rest),
            None => (false, rest.strip_prefix("False")?),
        };
        self.0 = rest;
        Some(truth)
    }

    fn sizes(&mut self) -> Option<Vec<usize>> {
        self.eat('(')?;
        let (inside, rest) = self.0.split_once(')')?;
        self.0 = rest;
        let mut sizes: Vec<&str> = inside.split(',').map(str::trim).collect();
        // `()` and `(3,)` end with nothing.
        if sizes.last() == Some(&"") {
            sizes.pop();
        }
        // Python 2 marked its long numbers.
        sizes.into_iter().map(|size| size.strip_suffix('L').unwrap_or(size).parse().ok()).collect()
    }
}
