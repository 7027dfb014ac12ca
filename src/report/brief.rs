//! A report in brief: what people read in a pull request or a job's summary; a page can say the same.

use super::{Block, Report, Section, Text};

/// A heading and what stands below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// The heading.
    pub title: String,
    /// What it is about, in a line below it; may be empty.
    pub subject: Text,
    /// What stands below that.
    pub blocks: Vec<Block>,
}

impl Brief {
    /// Below the parts of a heading, of which the first is the title.
    pub(super) fn new(mut heading: Vec<String>, blocks: Vec<Block>) -> Self {
        let subject = heading.split_off(heading.len().min(1)).join(", ");
        Self { title: heading.pop().unwrap_or_default(), subject: subject.into(), blocks }
    }

    /// A page that says this and no more, in one section with this heading.
    pub(super) fn page(self, heading: &str) -> Report {
        let section = Section::new("all", heading, self.blocks);
        let sections = if section.is_empty() { Vec::new() } else { vec![section] };
        Report { title: self.title, subject: self.subject, sections }
    }
}
