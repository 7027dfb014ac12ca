//! Where an axis has its numbers, and how they read.

use crate::plot::{Axis, Quantity, Scale};
use crate::render::units;
use crate::result::Unit;

use super::text;

/// A number, or a name, at a position of an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Where.
    pub at: f64,
    /// What stands there.
    pub text: String,
}

/// The numbers of an axis, and the unit that they share.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticks {
    /// From the least on.
    pub ticks: Vec<Tick>,
    /// Empty where there is none.
    pub unit: String,
}

/// At most this many, if that many fit.
const MOST: usize = 9;

/// The greatest ratio of the limits of a logarithmic axis whose numbers share a unit.
const ONE_UNIT: f64 = 1e4;

/// Widest that the name of a place is, in columns.
const PLACE_WIDTH: usize = 16;

/// The most numbers that pass `fit`, which gets them all; none if not even two do.
pub fn ticks(axis: &Axis, fit: impl Fn(&[Tick]) -> bool) -> Ticks {
    let (low, high) = (axis.extent.low(), axis.extent.high());
    match &axis.quantity {
        Quantity::Places(places) => {
            let named = |name: &str| text::name(name, PLACE_WIDTH);
            let ticks = places.iter().map(|place| Tick { at: place.at, text: named(&place.name) });
            Ticks { ticks: ticks.collect(), unit: String::new() }
        }
        Quantity::Percentile => Ticks { ticks: most(percentiles(high), fit), unit: "%".to_owned() },
        Quantity::Order => Ticks { ticks: most(orders(low, high), fit), unit: String::new() },
        Quantity::Change => Ticks { ticks: most(linear(low, high, 0.01, true), fit), unit: "%".to_owned() },
        Quantity::Value(unit) if axis.scale == Scale::Logarithmic && has_own_units(unit, low, high) => {
            let texts = |powers: &[(i32, f64)]| powers.iter().map(|power| with_unit(unit, *power)).collect();
            Ticks { ticks: most(logarithmic(low, high, 1.0, texts), fit), unit: String::new() }
        }
        Quantity::Value(unit) => {
            let (divisor, name) = units::multiple(unit, low.abs().max(high.abs()));
            let ticks = match axis.scale {
                Scale::Linear => most(linear(low, high, divisor, false), fit),
                Scale::Logarithmic => most(logarithmic(low, high, divisor, plain_powers), fit),
            };
            Ticks { ticks, unit: name }
        }
    }
}

/// The first of these, the most numerous first, that fits.
fn most(candidates: impl Iterator<Item = Vec<Tick>>, fit: impl Fn(&[Tick]) -> bool) -> Vec<Tick> {
    let mut candidates = candidates.filter(|ticks| !ticks.is_empty());
    candidates.find(|ticks| ticks.len() <= MOST && fit(ticks)).unwrap_or_default()
}

/// A multiple of a round step: so many times `factor` (1, 2 or 5) times ten to this power.
#[derive(Clone, Copy)]
struct Step {
    factor: f64,
    power: i32,
}

impl Step {
    fn size(self) -> f64 {
        self.factor * 10_f64.powi(self.power)
    }

    /// The next coarser one.
    fn coarser(self) -> Self {
        match self {
            Self { factor: 1.0, .. } => Self { factor: 2.0, ..self },
            Self { factor: 2.0, .. } => Self { factor: 5.0, ..self },
            Self { power, .. } => Self { factor: 1.0, power: power + 1 },
        }
    }

    /// A multiple, with the digits that tell it from its neighbours and no more; very large and very small ones with their power
    /// of ten.
    fn text(self, times: f64) -> String {
        let count = times * self.factor;
        if count == 0.0 {
            return "0".to_owned();
        }
        let digits = count.abs().log10().floor() as i32;
        let text = match (self.power, digits + self.power) {
            (-6..0, ..7) => {
                format!("{:.*}", usize::try_from(-self.power).unwrap_or(0), count * 10_f64.powi(self.power))
            }
            (0.., ..7) => format!("{}", count * 10_f64.powi(self.power)),
            (_, power) => {
                let decimals = usize::try_from(digits).unwrap_or(0);
                format!("{:.decimals$}e{power}", count / 10_f64.powi(digits))
            }
        };
        text.replace('-', "−")
    }
}

/// Round numbers between two limits, in multiples of `unit`, from the finest step on.
fn linear(low: f64, high: f64, unit: f64, always_signed: bool) -> impl Iterator<Item = Vec<Tick>> {
    let (low, high) = (low / unit, high / unit);
    let finest = (high - low) / (MOST as f64 + 1.0);
    let first = Step { factor: 1.0, power: finest.log10().floor() as i32 };
    std::iter::successors(Some(first), |step| Some(step.coarser())).take(9).map(move |step| {
        // A limit that is a multiple is one in spite of its last digit.
        let (from, to) = ((low / step.size() - 1e-9).ceil(), (high / step.size() + 1e-9).floor());
        let number = (to - from + 1.0).clamp(0.0, 10.0 * MOST as f64) as usize;
        let times = (0..number).map(|more| from + more as f64);
        let inside = |times: f64| (times * step.size() * unit).clamp(low * unit, high * unit);
        let sign = |times: f64| if always_signed && times > 0.0 { "+" } else { "" };
        times.map(|times| Tick { at: inside(times), text: format!("{}{}", sign(times), step.text(times)) }).collect()
    })
}

/// Whole numbers only.
fn orders(low: f64, high: f64) -> impl Iterator<Item = Vec<Tick>> {
    let whole = |ticks: &Vec<Tick>| ticks.iter().all(|tick| tick.at.fract() == 0.0);
    let one = Tick { at: low.ceil(), text: format!("{}", low.ceil()) };
    linear(low, high, 1.0, false).filter(whole).chain([vec![one]])
}

/// Percentiles with ever more nines, up to the rarest that there is.
fn percentiles(high: f64) -> impl Iterator<Item = Vec<Tick>> {
    let nines = (0..18_usize).map(|more| (10_f64.powi(more as i32 + 2), format!("99.{}", "9".repeat(more))));
    let all: Vec<Tick> =
        [(1.0, "0".to_owned()), (2.0, "50".to_owned()), (4.0, "75".to_owned()), (10.0, "90".to_owned())]
            .into_iter()
            .chain([(20.0, "95".to_owned())])
            .chain(nines)
            .filter(|(at, _)| *at <= high)
            .map(|(at, text)| Tick { at, text: text.trim_end_matches('.').to_owned() })
            .collect();
    let without = |places: &'static [f64]| {
        let left = all.iter().filter(move |tick| !places.contains(&tick.at));
        left.cloned().collect::<Vec<_>>()
    };
    [without(&[]), without(&[20.0]), without(&[20.0, 4.0]), without(&[20.0, 4.0, 1.0]), without(&[20.0, 4.0, 2.0])]
        .into_iter()
        // Every second, third, … of very many nines.
        .chain((2..6).map(|step| all.iter().filter(|tick| tick.at >= 10.0).step_by(step).cloned().collect()))
        .collect::<Vec<_>>()
        .into_iter()
}

/// Powers of ten between two limits, in multiples of `unit`, with numbers between them if there is room.
fn logarithmic<T: Fn(&[(i32, f64)]) -> Vec<String>>(
    low: f64,
    high: f64,
    unit: f64,
    texts: T,
) -> impl Iterator<Item = Vec<Tick>> {
    let (low, high) = (low / unit, high / unit);
    let powers = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
    let sets: [(&'static [f64], usize); 8] = [
        (&[1.0, 2.0, 5.0], 1),
        (&[1.0, 3.0], 1),
        (&[1.0], 1),
        (&[1.0], 2),
        (&[1.0], 3),
        (&[1.0], 5),
        (&[1.0], 10),
        (&[1.0], 50),
    ];
    sets.into_iter().map(move |(factors, step)| {
        let places = powers.clone().filter(|power| power.rem_euclid(step as i32) == 0);
        let places = places.flat_map(|power| factors.iter().map(move |factor| (power, *factor)));
        let value = |(power, factor): (i32, f64)| factor * 10_f64.powi(power);
        let inside: Vec<(i32, f64)> = places.filter(|place| (low..=high).contains(&value(*place))).collect();
        let shown = texts(&inside);
        inside.into_iter().zip(shown).map(|(place, text)| Tick { at: value(place) * unit, text }).collect()
    })
}

/// Each power with its factor: `0.01`, `20`, `5e9`.
fn plain_powers(powers: &[(i32, f64)]) -> Vec<String> {
    powers.iter().map(|power| plain_power(*power)).collect()
}

fn plain_power((power, factor): (i32, f64)) -> String {
    match power {
        0..=5 => format!("{}", factor * 10_f64.powi(power)),
        -4..0 => format!("{:.*}", usize::try_from(-power).unwrap_or(0), factor * 10_f64.powi(power)),
        _ => format!("{factor}e{power}").replace('-', "−"),
    }
}

/// Whether the numbers of a logarithmic axis have units of their own: `1 µs`, `1 ms`, `1 s`.
fn has_own_units(unit: &Unit, low: f64, high: f64) -> bool {
    matches!(unit.as_str(), "ns" | "1/s") && high / low > ONE_UNIT
}

/// A power with its factor in the multiple of the unit that suits it; more than a second stays in seconds.
fn with_unit(unit: &Unit, (power, factor): (i32, f64)) -> String {
    let value = factor * 10_f64.powi(power);
    let (divisor, name) = units::multiple(unit, if unit.as_str() == "ns" { value.min(1e9) } else { value });
    let shown = plain_power((power - divisor.log10().round() as i32, factor));
    format!("{shown} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Measure, Plot, Shown};
    use crate::result::{Direction, RoundValues};

    /// The y axis of these values.
    fn axis(unit: &str, values: &[f64]) -> Axis {
        let (unit, of) = (Unit::new(unit), RoundValues::new(values.to_vec()).unwrap());
        let measure = Measure { name: "m", unit: &unit, direction: Direction::LowerIsBetter, samples: None };
        let Plot { y, .. } = crate::plot::rounds(&measure, &[Shown { label: "", of: &of }], false).unwrap();
        y
    }

    fn shown(axis: &Axis) -> (String, String) {
        let Ticks { ticks, unit } = ticks(axis, |ticks| ticks.len() <= 6);
        (ticks.into_iter().map(|tick| tick.text).collect::<Vec<_>>().join(" "), unit)
    }

    fn texts(unit: &str, values: &[f64]) -> String {
        let (texts, unit) = shown(&axis(unit, values));
        if unit.is_empty() { texts } else { format!("{texts} | {unit}") }
    }

    #[test]
    fn numbers_are_round_in_the_multiple_that_is_shown() {
        assert_eq!(texts("ns", &[0.0, 4.7e6]), "0 1 2 3 4 | ms");
        assert_eq!(texts("ns", &[4.0e6, 4.1e6]), "4.00 4.02 4.04 4.06 4.08 4.10 | ms");
        assert_eq!(texts("B", &[0.0, 3.5 * 1024.0 * 1024.0]), "0 1 2 3 | MiB");
        assert_eq!(texts("ratio", &[0.95, 0.99]), "95 96 97 98 99 | %");
        assert_eq!(texts("1/s", &[17_000.0, 19_000.0]), "17.0 17.5 18.0 18.5 19.0 | k/s");
        assert_eq!(texts("°C", &[-3.0, 4.0]), "−2 0 2 4 | °C");
        assert_eq!(texts("1", &[5.0, 5.0]), "4.8 4.9 5.0 5.1 5.2");
        assert_eq!(texts("1", &[1e18, 1.1e18]), "1000000 1020000 1040000 1060000 1080000 1100000 | T");
    }

    #[test]
    fn powers_of_ten_have_units_of_their_own_where_one_unit_says_little() {
        assert_eq!(texts("ns", &[2e3, 3e10]), "10 µs 1 ms 100 ms 10 s");
        assert_eq!(texts("ns", &[2e5, 9e6]), "0.2 0.5 1 2 5 10 | ms");
        assert_eq!(texts("steps", &[3.0, 2e5]), "0.01 0.1 1 10 100 | k steps");
    }

    #[test]
    fn changes_have_signs_and_rounds_are_whole() {
        let change = |limits| Axis { quantity: Quantity::Change, scale: Scale::Linear, ..with(limits) };
        assert_eq!(shown(&change([-0.14, 0.26])), ("−10 0 +10 +20".to_owned(), "%".to_owned()));
        assert_eq!(shown(&change([-0.001, 0.002])).0, "−0.1 0 +0.1 +0.2");
        let order =
            |last: f64| shown(&Axis { quantity: Quantity::Order, scale: Scale::Linear, ..with([0.5, last + 0.5]) }).0;
        assert_eq!([1.0, 2.0, 3.0, 14.0].map(order), ["1", "1 2", "1 2 3", "5 10"]);
        assert_eq!(order(10_000.0), "2000 4000 6000 8000 10000");
    }

    /// An axis between limits.
    fn with(limits: [f64; 2]) -> Axis {
        Axis { extent: crate::plot::Extent::of(limits), ..axis("ns", &[1.0]) }
    }

    #[test]
    fn percentiles_get_their_nines() {
        let rarity = |most: f64| {
            shown(&Axis { quantity: Quantity::Percentile, scale: Scale::Logarithmic, ..with([1.0, most]) }).0
        };
        assert_eq!(rarity(150.0), "0 50 75 90 95 99");
        assert_eq!(rarity(20_000.0), "0 50 90 99 99.9 99.99");
        assert_eq!(rarity(1.1e19).split(' ').count(), 5);
    }

    #[test]
    fn whatever_the_size_there_are_numbers_inside_and_no_two_read_the_same() {
        for power in -250..=250 {
            for (low, high) in
                [(0.0, 1.0), (1.0, 1.001), (1.0, 1.000_01), (-3.0, 7.0), (1.0, 9.5), (1.0, 400.0), (1.0, 3e9)]
            {
                let size = 10_f64.powi(power);
                for unit in ["ns", "1/s", "B", "ratio", "x"] {
                    let axis = axis(unit, &[low * size, high * size]);
                    let found = ticks(&axis, |ticks| ticks.len() <= 6).ticks;
                    assert!(found.len() >= 2, "{axis:?}: {found:?}");
                    let limits = axis.extent.low()..=axis.extent.high();
                    assert!(found.iter().all(|tick| limits.contains(&tick.at)), "{axis:?}: {found:?}");
                    let rising = found.windows(2).all(|pair| pair[0].at < pair[1].at && pair[0].text != pair[1].text);
                    assert!(rising, "{axis:?}: {found:?}");
                    assert!(found.iter().all(|tick| tick.text.chars().count() <= 14), "{axis:?}: {found:?}");
                }
            }
        }
    }
}
