//! `traffic`: when the queries of the scenario server arrive.

use std::time::Duration;

use super::belonging;
use super::keys::{Shape, TRAFFIC};
use super::problem::{Problem, Reported, quoted};
use super::sections::Fields;
use super::suggest::nearest;
use super::values::{self, Item};
use super::{Rate, Spacing, Traffic};

/// What `traffic` says; with `target_qps`, where that is needed, it makes [`Traffic`].
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// At `target_qps`.
    Steady(Spacing),
    /// Bursts, on average at `target_qps`.
    Bursty { spacing: Spacing, burst: f64, calm: f64, burst_length: Duration, calm_length: Duration },
    /// From `target_qps` on.
    Ramp { spacing: Spacing, to: f64, over: Duration },
    /// Everything; this key says how many queries arrive.
    Whole(&'static str, Traffic),
}

/// Reads the value: a word, or a table.
pub fn read(item: &Item<'_>) -> Result<Given, Reported> {
    if let Some(word) = item.value.get_ref().as_str() {
        return of_word(item, word);
    }
    let fields = Fields::open(&TRAFFIC, item.table()?, item.value.span(), item.problems);
    table(&fields)
}

/// A word says enough for traffic that needs nothing but `target_qps`.
fn of_word(item: &Item<'_>, word: &str) -> Result<Given, Reported> {
    match Shape::of_word(word) {
        Some(Shape::Poisson) => Ok(Given::Steady(Spacing::Poisson)),
        Some(Shape::Constant) => Ok(Given::Steady(Spacing::Even)),
        Some(shape) => {
            let help = format!("for example `traffic = {}`", shape.example());
            Err(item.refuse(format!("{word} traffic needs to know more"), help))
        }
        None => {
            let label = match nearest(word, Shape::ALL.map(Shape::word)) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("{} is no traffic", quoted(word)),
            };
            Err(item.refuse(label, "the shapes are poisson, constant, bursty, ramp, steps, replay and closed"))
        }
    }
}

/// All keys are read, whatever the shape: a wrong value is reported even where its key is not wanted.
fn table(fields: &Fields<'_>) -> Result<Given, Reported> {
    let shape = fields.required("shape", shape);
    let spacing = fields.optional("spacing", spacing).map(|given| given.unwrap_or(Spacing::Poisson));
    let burst = fields.optional("burst", values::number);
    let burst_length = fields.optional("burst_length", values::duration);
    let calm_length = fields.optional("calm_length", values::duration);
    let to = fields.optional("to", values::number);
    let over = fields.optional("over", values::duration);
    let rates = fields.optional("rates", values::numbers);
    let each = fields.optional("each", values::duration);
    let trace = fields.optional("trace", values::path);
    let speed = fields.optional("speed", values::number);
    let users = fields.optional("users", values::positive);
    let think_time = fields.optional("think_time", values::duration);

    let shape = shape?;
    belonging::check_shape(fields, shape);
    match shape {
        Shape::Poisson => Ok(Given::Steady(Spacing::Poisson)),
        Shape::Constant => Ok(Given::Steady(Spacing::Even)),
        Shape::Bursty => bursty(fields, spacing, burst, burst_length, calm_length),
        Shape::Ramp => {
            let (to, over) = (needed(fields, "to", to), needed(fields, "over", over));
            Ok(Given::Ramp { spacing: spacing?, to: to?, over: over? })
        }
        Shape::Steps => {
            let (rates, each) = (needed(fields, "rates", rates), needed(fields, "each", each));
            let rate = Rate::Steps { rates: rates?, each: each? };
            Ok(Given::Whole("rates", Traffic::Open { spacing: spacing?, rate }))
        }
        Shape::Replay => {
            let trace = needed(fields, "trace", trace);
            Ok(Given::Whole("trace", Traffic::Replay { trace: trace?, speed: speed?.unwrap_or(1.0) }))
        }
        Shape::Closed => {
            let users = needed(fields, "users", users);
            Ok(Given::Whole("users", Traffic::Closed { users: users?, think_time: think_time?.unwrap_or_default() }))
        }
    }
}

fn shape(item: &Item<'_>) -> Result<Shape, Reported> {
    Shape::of_word(values::word(item)?).ok_or_else(|| item.wrong_type())
}

fn spacing(item: &Item<'_>) -> Result<Spacing, Reported> {
    Ok(if values::word(item)? == "constant" { Spacing::Even } else { Spacing::Poisson })
}

fn needed<T>(fields: &Fields<'_>, name: &str, value: Result<Option<T>, Reported>) -> Result<T, Reported> {
    value.and_then(|value| fields.present(name, value))
}

/// Bursts, and calm times whose rate follows: on average as many queries arrive as without bursts.
fn bursty(
    fields: &Fields<'_>,
    spacing: Result<Spacing, Reported>,
    burst: Result<Option<f64>, Reported>,
    burst_length: Result<Option<Duration>, Reported>,
    calm_length: Result<Option<Duration>, Reported>,
) -> Result<Given, Reported> {
    let burst = needed(fields, "burst", burst);
    let burst_length = burst_length?.unwrap_or(Duration::from_millis(100));
    let calm_length = calm_length?.unwrap_or(Duration::from_millis(900));
    let (burst, spacing) = (burst?, spacing?);
    // In nanoseconds both are whole numbers, and what the file can spell is compared without an error of rounding.
    let (bursting, calm) = (burst_length.as_nanos() as f64, calm_length.as_nanos() as f64);
    let most = (bursting + calm) / bursting;
    if burst <= most {
        let calm = (1.0 - (burst - 1.0) * bursting / calm).max(0.0);
        return Ok(Given::Bursty { spacing, burst, calm, burst_length, calm_length });
    }
    let message = format!(
        "bursts of {burst} times `target_qps` are too high: {burst_length:?} of them in {:?} would be more than all queries",
        burst_length + calm_length
    );
    let shown = (most * 1000.0).floor() / 1000.0;
    let help =
        format!("with these lengths `burst` can be {shown} at most; shorten `burst_length`, or lengthen `calm_length`");
    let place = fields.item("burst").map_or_else(|| fields.span(), |item| item.value.span());
    Err(fields.report(Problem::new(message, place, format!("more than {shown}"), help)))
}

/// The traffic of a section with the scenario server: `traffic` and `target_qps` together.
pub fn resolve(
    fields: &Fields<'_>,
    traffic: Result<Option<Given>, Reported>,
    target: Result<Option<f64>, Reported>,
) -> Result<Traffic, Reported> {
    let given = traffic?.unwrap_or(Given::Steady(Spacing::Poisson));
    if let Given::Whole(instead, traffic) = given {
        return match fields.key_span("target_qps") {
            None => Ok(traffic),
            Some(span) => {
                let message = format!("`target_qps` says nothing about this traffic: `{instead}` does");
                Err(fields.report(Problem::new(message, span, "not used", "remove it, or choose another `traffic`")))
            }
        };
    }
    let Some(target) = target? else {
        let span = fields.item("scenario").map_or_else(|| fields.span(), |item| item.value.span());
        let help = "for example `target_qps = 100`: so many queries arrive each second";
        let message = "the scenario `server` needs `target_qps`";
        return Err(fields.report(Problem::new(message, span, "`target_qps` is missing", help)));
    };
    Ok(match given {
        Given::Steady(spacing) => Traffic::Open { spacing, rate: Rate::Constant(target) },
        Given::Bursty { spacing, burst, calm, burst_length, calm_length } => {
            let rate = Rate::Bursty { calm: calm * target, burst: burst * target, calm_length, burst_length };
            Traffic::Open { spacing, rate }
        }
        Given::Ramp { spacing, to, over } => Traffic::Open { spacing, rate: Rate::Ramp { from: target, to, over } },
        Given::Whole(_, traffic) => traffic,
    })
}
