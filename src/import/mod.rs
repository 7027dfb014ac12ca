//! Results of other tools, one file per format; and what a file looks like that is none of them. Pure: from text to the domain.

pub mod generic;
pub mod looks;
