//! What to do: don't, roll out gradually, roll out, or wait.

use super::Arm;
use super::watch::{State, Watched};

/// Below this the split is not what was asked for. A check of the experiment itself is not to cry wolf.
pub const BROKEN_SPLIT: f64 = 0.01;

/// What to do with B.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Not: the traffic was not split as asked, so nothing else can be trusted.
    DontTrust,
    /// Not: it is worse than a guardrail allows.
    DontBroken,
    /// Not: A is better.
    DontWorse,
    /// Not: each arm is better at something: faster, fails less, or is right more often.
    DontMixed,
    /// Step by step: it is better, but a guardrail is not proven.
    GraduallyBecauseOpen,
    /// Step by step, if at all: no difference that matters.
    GraduallyBecauseSame,
    /// It is better, and every guardrail is kept.
    RollOut,
    /// Nothing is decided yet.
    Wait,
}

/// What the advice rests on.
pub struct Grounds<'a> {
    /// The p-value of "the traffic was split as asked".
    pub sample_ratio: f64,
    /// What must not get worse.
    pub guardrails: &'a [Watched],
    /// The better arm.
    pub winner: Option<Arm>,
    /// Whether each arm is better at something.
    pub conflict: bool,
    /// Whether latencies differ by less than matters.
    pub same: bool,
}

impl Advice {
    /// What follows from these grounds.
    pub fn from(grounds: &Grounds<'_>) -> Self {
        let any_open = grounds.guardrails.iter().any(|own| own.state.is_open());
        if grounds.sample_ratio < BROKEN_SPLIT {
            Self::DontTrust
        } else if grounds.guardrails.iter().any(|own| own.state == State::Broken) {
            Self::DontBroken
        } else if grounds.conflict {
            Self::DontMixed
        } else {
            match grounds.winner {
                Some(Arm::A) => Self::DontWorse,
                Some(Arm::B) if any_open => Self::GraduallyBecauseOpen,
                Some(Arm::B) => Self::RollOut,
                None if grounds.same && !any_open => Self::GraduallyBecauseSame,
                None => Self::Wait,
            }
        }
    }

    /// The word that programs match on.
    pub fn word(self) -> &'static str {
        match self {
            Self::DontTrust | Self::DontBroken | Self::DontWorse | Self::DontMixed => "dont",
            Self::GraduallyBecauseOpen | Self::GraduallyBecauseSame => "gradual",
            Self::RollOut => "roll-out",
            Self::Wait => "wait",
        }
    }

    /// Whether more queries would change nothing.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Wait | Self::GraduallyBecauseOpen)
    }
}
