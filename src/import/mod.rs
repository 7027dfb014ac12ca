//! Results of other tools, one file per format. Pure: from text to the domain.

pub mod generic;
