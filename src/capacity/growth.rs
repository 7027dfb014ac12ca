//! From what one instance carries to what a growing load takes: instances, one to spare, processors, memory, cost.
//!
//! All of it is arithmetic on the highest load that was shown to meet the objective. What was not measured is absent.

use std::fmt;
use std::str::FromStr;

use super::curve::Point;
use super::evidence::Noted;
use crate::stats::median;

/// Hours in an average month.
const HOURS_A_MONTH: f64 = 730.0;

/// What to plan for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wish {
    /// The load of today, in queries per second, and who says so.
    pub load: f64,
    /// See [`LoadSource`].
    pub source: LoadSource,
    /// By how much it grows: 1.5 is half as much again.
    pub growth: f64,
    /// The share of an instance's capacity that is to stay free.
    pub headroom: Headroom,
    /// What an instance costs.
    pub price: Option<Price>,
}

/// Where the load of today comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadSource {
    /// The user says so.
    Given,
    /// It is what the benchmark's configuration names.
    Configured,
    /// Nobody says: one instance, as full as it may be, is taken to be the load of today.
    OneInstance,
}

/// What that takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// What was planned for.
    pub wish: Wish,
    /// The load after the growth, in queries per second.
    pub required: f64,
    /// What an instance carries within the objective, as was shown.
    pub per_instance: f64,
    /// What it is to carry, with the headroom left free.
    pub usable: f64,
    /// Instances, all of them working.
    pub instances: u64,
    /// The share of its capacity that each instance has left then.
    pub headroom_left: f64,
    /// The same with one instance more, all of them working.
    pub headroom_left_with_spare: f64,
    /// Processor time that all instances need, in processors; where it was measured.
    pub processors: Option<f64>,
    /// Memory of all instances, in bytes; where it was measured.
    pub memory: Option<f64>,
}

/// A share of an instance's capacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Headroom(f64);

/// What an instance costs, an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price(f64);

/// A text that is none of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidWish(&'static str);

impl Plan {
    /// What this takes, where so much was shown for one instance; `None` where it would be more instances than can be counted.
    pub fn new(wish: Wish, per_instance: f64, points: &[Point], noted: &[Noted]) -> Option<Self> {
        let required = wish.load * wish.growth;
        let usable = per_instance * (1.0 - wish.headroom.0);
        // What fits exactly fits: rounding must not cost an instance.
        let instances = (required / usable * (1.0 - 1e-12)).ceil().max(1.0);
        if !instances.is_finite() || instances > 1e12 {
            return None;
        }
        let left = |instances: f64| 1.0 - required / (instances * per_instance);
        Some(Self {
            wish,
            required,
            per_instance,
            usable,
            instances: instances as u64,
            headroom_left: left(instances),
            headroom_left_with_spare: left(instances + 1.0),
            processors: processor_time_per_query(noted, per_instance).map(|nanos| required * nanos / 1e9),
            memory: memory(points, per_instance).map(|bytes| bytes * instances),
        })
    }

    /// Instances, one of which may fail.
    pub fn with_spare(&self) -> u64 {
        self.instances + 1
    }

    /// What so many instances cost a month, in the currency of the price.
    pub fn cost_a_month(&self, instances: u64) -> Option<f64> {
        self.wish.price.map(|price| price.0 * HOURS_A_MONTH * instances as f64)
    }
}

/// Processor time that a query takes under the loads that an instance is to carry, in nanoseconds: the median of the rounds, from
/// half of its capacity upwards, because an idle system's own doings would count for the few queries of a low load.
fn processor_time_per_query(noted: &[Noted], per_instance: f64) -> Option<f64> {
    let loaded = noted.iter().filter(|noted| (0.5 * per_instance..=per_instance).contains(&noted.load));
    let times: Vec<f64> = loaded
        .filter_map(|noted| noted.round.seen().filter(|seen| !seen.overloaded)?.usage.cpu_time_per_query)
        .collect();
    (!times.is_empty()).then(|| median(&times))
}

/// The largest memory of an instance under any load that it is to carry.
fn memory(points: &[Point], per_instance: f64) -> Option<f64> {
    points.iter().filter(|point| point.load <= per_instance).filter_map(|point| point.rss_peak).max_by(f64::total_cmp)
}

impl Headroom {
    /// The share.
    pub fn share(self) -> f64 {
        self.0
    }
}

impl Default for Headroom {
    fn default() -> Self {
        Self(0.3)
    }
}

impl FromStr for Headroom {
    type Err = InvalidWish;

    /// Reads `30%` or `0.3`.
    fn from_str(text: &str) -> Result<Self, InvalidWish> {
        let (number, scale) = match text.trim().strip_suffix('%') {
            Some(percent) => (percent.trim_end(), 0.01),
            None => (text.trim(), 1.0),
        };
        let share = number.parse::<f64>().ok().map(|number| number * scale);
        share
            .filter(|share| (0.0..1.0).contains(share))
            .map(|share| Self(share.abs()))
            .ok_or(InvalidWish("headroom is a share from 0 to below 1 such as 0.3, or a percentage such as 30%"))
    }
}

impl fmt::Display for Headroom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", (self.0 * 1e5).round() / 1e3)
    }
}

impl Price {
    /// For one instance and one hour.
    pub fn an_hour(self) -> f64 {
        self.0
    }
}

impl FromStr for Price {
    type Err = InvalidWish;

    /// Reads `0.2/h`, `4.80/day` or `150/month`.
    fn from_str(text: &str) -> Result<Self, InvalidWish> {
        let invalid =
            InvalidWish("a price is a number of one instance and a time, such as 0.2/h, 4.80/day or 150/month");
        let Some((number, time)) = text.split_once('/') else { return Err(invalid) };
        let hours = match time.trim() {
            "h" | "hour" => 1.0,
            "d" | "day" => 24.0,
            "month" => HOURS_A_MONTH,
            _ => return Err(invalid),
        };
        let number = number.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
        number.map(|number| Self(number.abs() / hours)).ok_or(invalid)
    }
}

/// A load or a factor on the command line: a number above 0.
pub fn positive(text: &str) -> Result<f64, InvalidWish> {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or(InvalidWish("expected a number above 0"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::evidence::Round;
    use crate::capacity::seen::{Seen, Usage};
    use crate::stats::Counts;

    fn wish(load: f64, growth: f64, headroom: &str) -> Wish {
        let price = Some("0.2/h".parse().unwrap());
        Wish { load, source: LoadSource::Given, growth, headroom: headroom.parse().unwrap(), price }
    }

    #[test]
    fn instances_carry_the_grown_load_with_room_to_spare() {
        // 1500 of 700 usable each: 2.14, so 3; each then has 1 − 1500 / 3000 of its capacity left.
        let plan = Plan::new(wish(1000.0, 1.5, "30%"), 1000.0, &[], &[]).unwrap();
        assert_eq!((plan.required, plan.usable, plan.instances, plan.with_spare()), (1500.0, 700.0, 3, 4));
        assert_eq!((plan.headroom_left, plan.headroom_left_with_spare), (0.5, 0.625));
        assert_eq!((plan.processors, plan.memory), (None, None), "what was not measured is not made up");
        // Three at 0.2 an hour, 730 hours.
        assert!((plan.cost_a_month(3).unwrap() - 438.0).abs() < 1e-9);
    }

    #[test]
    fn what_fits_exactly_takes_no_instance_more() {
        for instances in 1..200 {
            let load = 0.7 * 333.0 * f64::from(instances);
            assert_eq!(
                Plan::new(wish(load, 1.0, "0.3"), 333.0, &[], &[]).unwrap().instances,
                u64::try_from(instances).unwrap()
            );
        }
        assert_eq!(Plan::new(wish(1e-3, 1.0, "0"), 333.0, &[], &[]).unwrap().instances, 1);
        assert!(Plan::new(wish(1e300, 1e10, "0"), 1.0, &[], &[]).is_none());
    }

    #[test]
    fn processors_are_those_of_the_loads_that_an_instance_is_to_carry() {
        let round = |load: f64, nanos: Option<f64>, overloaded: bool| Noted {
            load,
            length: 1,
            proof: None,
            round: Round::Seen(Seen {
                within: Counts { successes: 9, trials: 9 },
                latency: None,
                throughput: load,
                arrivals: None,
                failed: 0,
                first_failure: None,
                lateness: 0,
                late: false,
                overloaded,
                usage: Usage { cpu_time_per_query: nanos, rss_peak: None },
            }),
        };
        let processors = |noted: &[Noted]| Plan::new(wish(1000.0, 1.5, "30%"), 1000.0, &[], noted).unwrap().processors;
        let rounds = [
            round(100.0, Some(9e6), false),
            round(500.0, Some(2e6), false),
            round(1000.0, Some(2.2e6), false),
            round(900.0, Some(2.1e6), false),
            round(900.0, Some(7e6), true),
            round(1100.0, Some(8e6), false),
        ];
        // 1500 queries a second of 2.1 ms each.
        assert!((processors(&rounds).unwrap() - 3.15).abs() < 1e-12);
        assert_eq!(processors(&rounds[..1]), None, "too low a load says nothing");
        assert_eq!(processors(&[round(900.0, None, false)]), None, "it was not measured");
    }

    #[test]
    fn prices_and_shares_are_read_as_people_write_them() {
        let price = |text: &str| text.parse::<Price>().map(Price::an_hour);
        assert_eq!(price("0.2/h"), Ok(0.2));
        for text in ["4.80 / day", "4.8/d", "146/month"] {
            assert!((price(text).unwrap() - 0.2).abs() < 1e-12, "{text}");
        }
        for text in ["", "0.2", "/h", "-1/h", "x/h", "1/year", "inf/h"] {
            assert!(price(text).is_err(), "{text}");
        }
        let headroom = |text: &str| text.parse::<Headroom>().map(Headroom::share);
        assert_eq!([headroom("30%"), headroom("0.3"), headroom("0")], [Ok(0.3), Ok(0.3), Ok(0.0)]);
        for text in ["100%", "1", "-0.1", "30", "x"] {
            assert!(headroom(text).is_err(), "{text}");
        }
        assert_eq!("12.5%".parse::<Headroom>().unwrap().to_string(), "12.5%");
        assert_eq!(positive("1.5"), Ok(1.5));
        assert!(["0", "-1", "nan", "inf", ""].iter().all(|text| positive(text).is_err()));
    }
}
