//! Words in a row: perfgate's own, and names from outside.

/// Words in a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(Vec<Piece>);

/// A part of a text. All of it is shown as it is and does nothing: each format sees to that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words as they are.
    Plain(String),
    /// Words that matter most.
    Strong(String),
    /// A name, a path, a command: mostly from outside.
    Code(String),
    /// A name that leads to a section of the same report.
    Link {
        /// The section's `id`.
        to: String,
        /// The name.
        name: String,
    },
    /// Words of perfgate's own that lead to a section of the same report.
    See {
        /// The section's `id`.
        to: String,
        /// The words.
        words: String,
    },
}

impl Piece {
    /// The words, without what they are.
    pub fn words(&self) -> &str {
        match self {
            Self::Plain(words)
            | Self::Strong(words)
            | Self::Code(words)
            | Self::Link { name: words, .. }
            | Self::See { words, .. } => words,
        }
    }
}

impl Text {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A sentence of perfgate's own in which names stand between backticks.
    pub fn prose(sentence: &str) -> Self {
        let parts: Vec<&str> = sentence.split('`').collect();
        // An even number of parts means that a backtick has no partner.
        if parts.len().is_multiple_of(2) {
            return Self::new().plain(sentence);
        }
        parts.iter().enumerate().fold(Self::new(), |text, (position, part)| match (part.is_empty(), position % 2) {
            (true, _) => text,
            (false, 1) => text.code(*part),
            (false, _) => text.plain(*part),
        })
    }

    /// With these words after it.
    #[must_use]
    pub fn plain(self, words: impl Into<String>) -> Self {
        self.with(Piece::Plain(words.into()))
    }

    /// With these words after it, which matter most.
    #[must_use]
    pub fn strong(self, words: impl Into<String>) -> Self {
        self.with(Piece::Strong(words.into()))
    }

    /// With this name or command after it.
    #[must_use]
    pub fn code(self, name: impl Into<String>) -> Self {
        self.with(Piece::Code(name.into()))
    }

    /// With this name after it, which leads to a section.
    #[must_use]
    pub fn link(self, to: impl Into<String>, name: impl Into<String>) -> Self {
        self.with(Piece::Link { to: to.into(), name: name.into() })
    }

    /// With these words of perfgate's own after it, which lead to a section.
    #[must_use]
    pub fn see(self, to: impl Into<String>, words: impl Into<String>) -> Self {
        self.with(Piece::See { to: to.into(), words: words.into() })
    }

    /// With all of another text after it.
    #[must_use]
    pub fn and(mut self, more: impl Into<Self>) -> Self {
        self.0.extend(more.into().0);
        self
    }

    fn with(mut self, piece: Piece) -> Self {
        self.0.push(piece);
        self
    }

    /// The parts, in their order.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|piece| piece.words().is_empty())
    }

    /// The words alone.
    pub fn words(&self) -> String {
        self.0.iter().map(Piece::words).collect()
    }

    /// Texts one after the other, with a blank between two of them.
    pub fn sentences(all: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(all, " ")
    }

    /// Texts one after the other, with these words between two of them.
    pub fn joined(all: impl IntoIterator<Item = Self>, between: &str) -> Self {
        let all = all.into_iter().filter(|text| !text.is_empty());
        all.reduce(|whole, next| whole.plain(between).and(next)).unwrap_or_default()
    }
}

impl From<&str> for Text {
    fn from(words: &str) -> Self {
        Self::new().plain(words)
    }
}

impl From<String> for Text {
    fn from(words: String) -> Self {
        Self::new().plain(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_between_backticks_are_names() {
        let text = Text::prose("`a b` is slower than `c`");
        let expected = Text::new().code("a b").plain(" is slower than ").code("c");
        assert_eq!(text, expected);
        assert_eq!(Text::prose("one ` alone").pieces(), [Piece::Plain("one ` alone".to_owned())]);
    }

    #[test]
    fn what_is_joined_has_nothing_between_nothing() {
        let all = ["a", "", "b"].map(Text::from);
        assert_eq!(Text::joined(all, ", ").words(), "a, b");
        assert!(Text::sentences([Text::new(), "".into()]).is_empty());
    }
}
