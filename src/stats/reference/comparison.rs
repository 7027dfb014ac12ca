//! Numbers side by side.

use super::cases::ExpectedTest;
use crate::stats::{Degenerate, TTest};

/// How far apart two numbers may be.
const TOLERANCE: f64 = 1e-9;

/// Below this a p-value may be anything else that small.
const LEAST_P: f64 = 1e-250;

/// Collects what is too far apart, so that one run shows all of it.
#[derive(Default)]
pub struct Comparison {
    numbers: usize,
    worst: (f64, String),
    apart: Vec<String>,
}

impl Comparison {
    /// `scale` is what the tolerance is relative to.
    pub fn number(&mut self, what: String, ours: f64, theirs: f64, scale: f64) {
        let deviation = if ours == theirs { 0.0 } else { (ours - theirs).abs() / scale };
        self.numbers += 1;
        if deviation > self.worst.0 {
            self.worst = (deviation, what.clone());
        }
        if deviation.is_nan() || deviation > TOLERANCE {
            self.apart.push(format!("{what}: {ours:e} instead of {theirs:e}"));
        }
    }

    /// A number without a unit.
    pub fn plain(&mut self, what: String, ours: f64, theirs: f64) {
        self.number(what, ours, theirs, theirs.abs().max(1.0));
    }

    pub fn p_value(&mut self, what: String, ours: f64, theirs: f64) {
        if ours.is_nan() || ours.max(theirs) > LEAST_P {
            self.number(what, ours, theirs, theirs);
        } else {
            self.numbers += 1;
        }
    }

    pub fn t_test(&mut self, what: &str, ours: Result<TTest, Degenerate>, theirs: &ExpectedTest) {
        let Ok(ours) = ours else {
            return self.apart.push(format!("{what}: {ours:?}"));
        };
        let unit = theirs.standard_error;
        self.plain(format!("{what}: t"), ours.statistic, theirs.statistic);
        self.plain(format!("{what}: df"), ours.degrees_of_freedom, theirs.df);
        self.p_value(format!("{what}: p"), ours.p_value, theirs.p);
        self.number(format!("{what}: estimate"), ours.estimate, theirs.estimate, theirs.estimate.abs().max(unit));
        self.number(format!("{what}: standard error"), ours.standard_error, unit, unit);
        for &[confidence, low, high] in &theirs.intervals {
            let interval = ours.confidence_interval(confidence);
            self.number(format!("{what}: low of {confidence}"), interval.low, low, low.abs().max(unit));
            self.number(format!("{what}: high of {confidence}"), interval.high, high, high.abs().max(unit));
        }
        assert_eq!(theirs.intervals.len(), 3, "{what}");
    }

    /// Passes if at least `least` numbers were compared, and all agree.
    pub fn finish(self, family: &str, least: usize) {
        println!("{family}: {} numbers, worst deviation {:.1e} ({})", self.numbers, self.worst.0, self.worst.1);
        assert!(self.apart.is_empty(), "{} numbers are apart:\n{}", self.apart.len(), self.apart.join("\n"));
        assert!(self.numbers >= least, "only {} numbers compared, {least} expected", self.numbers);
    }
}
