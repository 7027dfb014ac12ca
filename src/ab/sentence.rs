//! The sentence that says what to do, with its numbers.

use super::Setting;
use super::advice::Advice;
use super::finding::{Finding, State, Watched};
use super::guardrail::Guarded;
use super::judge::Judgement;
use crate::numerals::{grouped, percent, rounded_up, three_digits};

/// The advice in words, with the numbers behind it. `name` says how a benchmark's name is shown.
pub fn sentence(judgement: &Judgement, setting: &Setting, name: &dyn Fn(&str) -> String) -> String {
    let (a, b) = (name(&setting.names.a), name(&setting.names.b));
    let level = percent(1.0 - 0.5 * setting.alpha.share());
    match judgement.advice {
        Advice::DontTrust => format!(
            "Don't roll out {b}, and don't trust this comparison: the traffic was not split {} as asked (p {}). Find out where \
             queries of one arm get lost before you look at anything else.",
            setting.split,
            p_value(judgement.sample_ratio)
        ),
        Advice::DontBroken => {
            let broken = named(judgement, State::Broken);
            format!("Don't roll out {b}: {} beyond chance than the guardrail allows: {broken}.", worse(judgement))
        }
        Advice::DontWorse => {
            format!("Don't roll out {b}: compared with {a}, {}.", findings(judgement, &level).join(", and "))
        }
        Advice::DontMixed => format!(
            "Don't roll out {b} before you know what matters more: compared with {a}, {}.",
            findings(judgement, &level).join(", but ")
        ),
        Advice::RollOut => format!(
            "Roll out {b}: compared with {a}, {}{}.",
            findings(judgement, &level).join(", and "),
            kept(judgement)
        ),
        Advice::GraduallyBecauseOpen => format!(
            "Roll out {b} gradually: compared with {a}, {}; but not yet proven to be within its guardrail: {}.{}",
            findings(judgement, &level).join(", and "),
            named(judgement, State::Open),
            more(judgement, "would settle that").unwrap_or_default()
        ),
        Advice::GraduallyBecauseSame => format!(
            "There is nothing to gain and nothing to lose: {b} and {a} differ by less than {}, the least that matters{}. Roll \
             out {b} gradually if something else speaks for it.",
            setting.threshold,
            judgement.latency.map(|found| format!(" ({})", span(&found, &level))).unwrap_or_default()
        ),
        Advice::Wait => format!("Wait: {}.{}", open(judgement, setting, [&a, &b], &level), until(judgement)),
    }
}

/// What keeps an end from being reached.
fn open(judgement: &Judgement, setting: &Setting, [a, b]: [&str; 2], level: &str) -> String {
    let threshold = setting.threshold;
    let found = judgement.latency.filter(|found| found.interval.high.is_finite());
    match found {
        Some(found) if found.is_within(threshold.share()) => format!(
            "{b} and {a} differ by less than {threshold}, the least that matters ({}), but {b} is not yet proven to be within its \
             guardrail: {}",
            span(&found, level),
            named(judgement, State::Open)
        ),
        Some(found) => format!(
            "neither arm is better beyond chance, and a difference that matters is not ruled out, so far {}",
            span(&found, level)
        ),
        None => "neither arm is better beyond chance, and a difference that matters is not ruled out".to_owned(),
    }
}

fn until(judgement: &Judgement) -> String {
    more(judgement, "would tell, if the spread stays as it is").unwrap_or_else(|| {
        " More of the same would not settle it; look at what spreads the latencies, or ask about more samples."
            .to_owned()
    })
}

fn more(judgement: &Judgement, what: &str) -> Option<String> {
    judgement.more.map(|more| format!(" About {} more queries {what}.", grouped(rounded_up(more, 2))))
}

fn worse(judgement: &Judgement) -> &'static str {
    let broken = judgement.guardrails.iter().filter(|own| own.state == State::Broken).count();
    if broken == 1 { "it is worse" } else { "it is worse in several ways" }
}

/// What was found beyond chance, B compared with A.
fn findings(judgement: &Judgement, level: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(latency) = judgement.latency.filter(|latency| latency.differs) {
        found.push(format!("it is {}", span(&latency, level)));
    }
    let errors = judgement.errors;
    if errors.differs {
        let less = if errors.change < 0.0 { "fewer" } else { "more" };
        found.push(format!(
            "{} percentage points {less} of its queries fail (p {})",
            three_digits(errors.change.abs() * 100.0),
            p_value(errors.p_value)
        ));
    }
    found
}

/// `5.1 % slower (97.5 % interval: 3 to 7.2 % slower)`.
fn span(found: &Finding, level: &str) -> String {
    let sized = |change: f64| {
        if change == 0.0 {
            "no difference".to_owned()
        } else {
            format!("{} {}", percent(change.abs()), if change < 0.0 { "faster" } else { "slower" })
        }
    };
    let (low, high) = (found.interval.low, found.interval.high);
    format!("{} ({level} interval: {} to {})", sized(found.change), sized(low), sized(high))
}

fn kept(judgement: &Judgement) -> String {
    match judgement.guardrails.len() {
        0 => String::new(),
        1 => "; its guardrail is kept".to_owned(),
        _ => "; all guardrails are kept".to_owned(),
    }
}

/// The guardrails in this state, each with the change and the margin.
fn named(judgement: &Judgement, state: State) -> String {
    let one = |own: &Watched| {
        let margin = own.guardrail.margin;
        let allowed = match own.guardrail.metric {
            Guarded::ErrorRate | Guarded::Accuracy => {
                format!("{} percentage points", three_digits(margin.share() * 100.0))
            }
            Guarded::Latency | Guarded::Percentile(_) => margin.to_string(),
        };
        let sized = match (own.change, own.guardrail.metric) {
            (None, _) => "unknown".to_owned(),
            (Some((change, _)), Guarded::ErrorRate | Guarded::Accuracy) => {
                format!("{} percentage points", signed(change))
            }
            (Some((change, _)), Guarded::Latency | Guarded::Percentile(_)) => format!("{} %", signed(change)),
        };
        format!("{} ({sized}, allowed {allowed})", own.guardrail.metric.name())
    };
    let all = judgement.guardrails.iter().filter(|own| own.state == state);
    all.map(one).collect::<Vec<_>>().join(", ")
}

fn signed(share: f64) -> String {
    let sign = if share < 0.0 { '−' } else { '+' };
    format!("{sign}{}", three_digits(share.abs() * 100.0))
}

fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { three_digits(p) }
}
