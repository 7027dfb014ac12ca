//! Numbers: counts, rates, shares, percentiles.

use std::num::NonZeroU32;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeInteger, DeValue};

use super::super::keys::{Kind, MOST_QUERIES};
use super::super::problem::{Reported, quoted};
use super::super::suggest::nearest;
use super::super::{Alpha, Percentile, Queries, Threshold};
use super::Item;

/// A whole number within the key's bounds.
pub fn count(item: &Item<'_>) -> Result<u32, Reported> {
    let Kind::Count { least, most } = item.key.kind else { return Err(item.wrong_type()) };
    whole_number(item, least, most)
}

fn whole_number(item: &Item<'_>, least: u32, most: u32) -> Result<u32, Reported> {
    let number = match item.value.get_ref() {
        DeValue::Integer(number) => whole(number),
        DeValue::String(text) if text.trim().parse::<u32>().is_ok() => {
            let help = format!("write `{} = {}`, without quotes", item.key.name, text.trim());
            return Err(item.refuse("this is a string", help));
        }
        _ => return Err(item.wrong_type()),
    };
    match number {
        Some(number) if number < i128::from(least) => Err(item.refuse("too small", item.example())),
        Some(number) if number <= i128::from(most) => u32::try_from(number).map_err(|_| item.wrong_type()),
        // What does not fit into 128 bits is too large or, with its sign, too small.
        Some(_) | None => Err(item.refuse("out of bounds", item.example())),
    }
}

/// A whole number, at least 1.
pub fn positive(item: &Item<'_>) -> Result<NonZeroU32, Reported> {
    let number = count(item)?;
    NonZeroU32::new(number).ok_or_else(|| item.refuse("too small", item.example()))
}

/// A whole number, or MLPerf's.
pub fn queries(item: &Item<'_>) -> Result<Queries, Reported> {
    match item.value.get_ref().as_str() {
        Some(Queries::MLPERF) => Ok(Queries::Mlperf),
        Some(text) if text.trim().parse::<u32>().is_err() => {
            let label = match nearest(text, [Queries::MLPERF]) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("{} is neither", quoted(text)),
            };
            Err(item.refuse(label, item.example()))
        }
        _ => {
            let number = whole_number(item, 1, MOST_QUERIES)?;
            NonZeroU32::new(number).map(Queries::AtLeast).ok_or_else(|| item.refuse("too small", item.example()))
        }
    }
}

/// A number within the key's bounds.
pub fn number(item: &Item<'_>) -> Result<f64, Reported> {
    let Kind::Number { above, most } = item.key.kind else { return Err(item.wrong_type()) };
    number_at(item, item.value, above, most)
}

/// Numbers within the key's bounds, at least one.
pub fn numbers(item: &Item<'_>) -> Result<Vec<f64>, Reported> {
    let Kind::Numbers { above, most } = item.key.kind else { return Err(item.wrong_type()) };
    let list = item.list().ok_or_else(|| item.wrong_type())?;
    if list.is_empty() {
        return Err(item.refuse("the list is empty", item.example()));
    }
    let all: Vec<Result<f64, Reported>> = list.iter().map(|element| number_at(item, element, above, most)).collect();
    all.into_iter().collect()
}

fn number_at(item: &Item<'_>, value: &Spanned<DeValue<'_>>, above: u32, most: u32) -> Result<f64, Reported> {
    let refuse = |label: &str| Err(item.refuse_at(value.span(), label, item.example()));
    let number = match value.get_ref() {
        // A whole number of more than 128 bits is no rate either.
        DeValue::Integer(number) => whole(number).map_or(f64::NAN, |number| number as f64),
        DeValue::Float(number) => number.as_str().parse().unwrap_or(f64::NAN),
        DeValue::String(text) if text.trim().parse::<f64>().is_ok_and(f64::is_finite) => {
            let help = format!("write {}, without quotes", text.trim());
            return Err(item.refuse_at(value.span(), "this is a string", help));
        }
        _ => return Err(item.wrong_element(value)),
    };
    match number {
        n if n <= f64::from(above) => refuse("too small"),
        n if n <= f64::from(most) => Ok(n),
        _ => refuse("out of bounds"),
    }
}

fn whole(number: &DeInteger<'_>) -> Option<i128> {
    i128::from_str_radix(number.as_str(), number.radix()).ok()
}

/// A share, read from a number by `from_number`, or from a text such as `10%`.
fn share<T: FromStr, E>(item: &Item<'_>, from_number: impl Fn(f64) -> Result<T, E>) -> Result<T, Reported> {
    let number = match item.value.get_ref() {
        DeValue::Integer(number) => whole(number).map(|number| number as f64),
        DeValue::Float(number) => number.as_str().parse().ok(),
        DeValue::String(text) => {
            return text
                .parse()
                .map_err(|_| item.refuse(format!("{} is not such a number", quoted(text)), item.example()));
        }
        _ => return Err(item.wrong_type()),
    };
    let number = number.unwrap_or(f64::NAN);
    from_number(number).map_err(|_| match number {
        n if n < 0.0 => item.refuse("less than 0", item.example()),
        n if n > 1.0 && n <= 100.0 && format!("{n}%").parse::<T>().is_ok() => {
            item.refuse("too large for a share", format!("for {n} percent write `{} = \"{n}%\"`", item.key.name))
        }
        _ => item.refuse("out of bounds", item.example()),
    })
}

/// The smallest change that matters.
pub fn threshold(item: &Item<'_>) -> Result<Threshold, Reported> {
    share(item, Threshold::from_share)
}

/// An error rate of the gate.
pub fn alpha(item: &Item<'_>) -> Result<Alpha, Reported> {
    share(item, Alpha::from_share)
}

/// The share of failed queries that is tolerated.
pub fn error_rate(item: &Item<'_>) -> Result<f64, Reported> {
    // A threshold is such a share too, except that as a percentage it may exceed 1.
    let rate = share(item, Threshold::from_share)?.share();
    if rate <= 1.0 { Ok(rate) } else { Err(item.refuse("more than 100 %", item.example())) }
}

/// A percentile.
pub fn percentile(item: &Item<'_>) -> Result<Percentile, Reported> {
    share(item, |share| Percentile::from_share(share).ok_or(()))
}
