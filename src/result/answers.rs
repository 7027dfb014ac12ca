//! What an accuracy rests on: how many answers were held against labels, and of how many different samples.

/// Answers that were held against labels, over all rounds of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    judged: u64,
    samples: u64,
}

/// Why counts are not those of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{judged} answers cannot be about {samples} different samples")]
pub struct NotAnswers {
    judged: u64,
    samples: u64,
}

impl Answers {
    /// So many answers about so many different samples: at least one, and no more samples than answers.
    pub fn new(judged: u64, samples: u64) -> Result<Self, NotAnswers> {
        if (1..=judged).contains(&samples) { Ok(Self { judged, samples }) } else { Err(NotAnswers { judged, samples }) }
    }

    /// Answers that were held against their labels.
    pub fn judged(self) -> u64 {
        self.judged
    }

    /// Different samples that they are about.
    pub fn samples(self) -> u64 {
        self.samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_and_more_samples_than_answers_are_refused() {
        assert!(Answers::new(1, 1).is_ok() && Answers::new(10, 3).is_ok());
        for (judged, samples) in [(0, 0), (3, 0), (3, 4)] {
            assert_eq!(Answers::new(judged, samples), Err(NotAnswers { judged, samples }));
        }
    }
}
