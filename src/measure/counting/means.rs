//! What instructions are counted with: the processor's own counters, else callgrind.

use super::{callgrind, hardware};
use crate::config::CommandLine;
use crate::result::Unit;
use crate::sut::{SutError, process};

/// How instructions are counted on this machine. Both sides of a comparison are counted alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// The processor counts, at full speed.
    Processor,
    /// callgrind counts, about fifty times slower, because the processor cannot be asked.
    Callgrind {
        /// Why it cannot.
        instead: String,
    },
}

/// Why there is no count.
#[derive(Debug)]
pub enum NoCount {
    /// The user asked to stop.
    Interrupted,
    /// Anything else, in words.
    Because(String),
}

impl From<SutError> for NoCount {
    fn from(error: SutError) -> Self {
        match error {
            SutError::Interrupted => Self::Interrupted,
            error => Self::Because(error.to_string()),
        }
    }
}

impl Means {
    /// The best there is; the error says of each why it is not.
    pub fn find() -> Result<Self, String> {
        Self::choose(hardware::check(), callgrind::check)
    }

    fn choose(processor: Result<(), String>, callgrind: impl FnOnce() -> Result<(), String>) -> Result<Self, String> {
        match processor {
            Ok(()) => Ok(Self::Processor),
            Err(instead) => match callgrind() {
                Ok(()) => Ok(Self::Callgrind { instead }),
                Err(why) => Err(format!("neither by the processor ({instead}) nor by callgrind ({why})")),
            },
        }
    }

    /// What does the counting, in words.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Processor => "the processor",
            Self::Callgrind { .. } => "callgrind",
        }
    }

    /// Why it is not the processor, in brackets; empty if it is.
    pub fn remark(&self) -> String {
        match self {
            Self::Processor => String::new(),
            Self::Callgrind { instead } => format!(" (the processor's counters: {instead})"),
        }
    }

    /// The unit of the counts.
    pub fn unit(&self) -> Unit {
        match self {
            Self::Processor => Unit::instructions(),
            Self::Callgrind { .. } => Unit::callgrind_instructions(),
        }
    }

    /// How often the same work is counted: twice shows whether a count repeats; where it costs nothing, some more find the
    /// one that was disturbed least.
    pub fn repetitions(&self) -> usize {
        match self {
            Self::Processor => 5,
            Self::Callgrind { .. } => 2,
        }
    }

    /// Counts the instructions of all processes that `work` starts with the commands which it lets be prepared.
    pub fn count<T>(
        &self,
        work: impl FnOnce(&dyn Fn(&CommandLine) -> CommandLine) -> Result<T, SutError>,
    ) -> Result<(T, u64), NoCount> {
        match self {
            Self::Processor => {
                let (done, count) = hardware::count(|| work(&CommandLine::clone)).map_err(NoCount::Because)?;
                Ok((done?, count))
            }
            Self::Callgrind { .. } => {
                let folder = tempfile::Builder::new().prefix("perfgate-counts-").tempdir();
                let folder = folder.map_err(process::system("creating a folder for what callgrind reports"))?;
                let done = work(&|command| callgrind::wrap(command, folder.path()))?;
                Ok((done, callgrind::read(folder.path()).map_err(NoCount::Because)?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_asked_first_and_callgrind_instead_and_else_both_say_why() {
        let refuse = |why: &str| Err(why.to_owned());
        assert_eq!(Means::choose(Ok(()), || panic!("nobody needs callgrind")), Ok(Means::Processor));
        let instead = Means::choose(refuse("none"), || Ok(())).unwrap();
        assert_eq!((instead.name(), instead.remark().as_str()), ("callgrind", " (the processor's counters: none)"));
        let why = Means::choose(refuse("none"), || refuse("not installed")).unwrap_err();
        assert_eq!(why, "neither by the processor (none) nor by callgrind (not installed)");
    }

    #[test]
    fn the_two_do_not_count_in_the_same_unit() {
        let callgrind = Means::Callgrind { instead: String::new() };
        assert_ne!(Means::Processor.unit(), callgrind.unit());
        assert!([Means::Processor.unit(), callgrind.unit()].iter().all(Unit::is_repeatable_count));
    }
}
