//! The sentence that says what to do, with its numbers.

use super::advice::Advice;
use super::finding::Finding;
use super::forecast::More;
use super::judge::Judgement;
use super::rates::RightAnswers;
use super::watch::{State, Watched};
use super::{Arm, Setting};
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
            let broken = named(judgement, |state| state == State::Broken);
            format!("Don't roll out {b}: {} beyond chance than the guardrail allows: {broken}.", worse(judgement))
        }
        Advice::DontWorse => {
            format!("Don't roll out {b}: compared with {a}, {}.", findings(judgement, &level))
        }
        Advice::DontMixed => format!(
            "Don't roll out {b} before you know what matters more: compared with {a}, {}.",
            findings(judgement, &level)
        ),
        Advice::RollOut => {
            format!("Roll out {b}: compared with {a}, {}{}.", findings(judgement, &level), kept(judgement))
        }
        Advice::GraduallyBecauseOpen => format!(
            "Roll out {b} gradually: compared with {a}, {}; but not yet proven to be within its guardrail: {}.{}",
            findings(judgement, &level),
            named(judgement, State::is_open),
            more(judgement, setting, "would settle that").unwrap_or_default()
        ),
        Advice::GraduallyBecauseSame => same(judgement, setting, [&a, &b], &level),
        Advice::Wait => format!(
            "Wait: {}.{}{}",
            open(judgement, setting, [&a, &b], &level),
            judgement.accuracy.filter(RightAnswers::differs).map_or_else(String::new, |found| {
                format!(" But compared with {a}, {}.", rightness(&found, &level).replacen("its", &format!("{b}'s"), 1))
            }),
            until(judgement, setting)
        ),
    }
}

/// No difference in latency or errors that matters; there may be one in what is right.
fn same(judgement: &Judgement, setting: &Setting, [a, b]: [&str; 2], level: &str) -> String {
    let found = judgement.latency.map(|found| format!(" ({})", span(&found, level))).unwrap_or_default();
    let least = format!("differ by less than {}, the least that matters{found}", setting.threshold);
    let other = judgement.accuracy.filter(RightAnswers::differs);
    let Some(right) = other else {
        return format!(
            "There is nothing to gain and nothing to lose: {b} and {a} {least}. Roll out {b} gradually if something else speaks \
             for it."
        );
    };
    let advice = match right.better() {
        Some(Arm::B) => format!("Roll out {b} gradually for that."),
        _ => format!("The guardrails allow that; roll out {b} gradually if something else speaks for it."),
    };
    let right = rightness(&right, level).replacen("its", &format!("{b}'s"), 1);
    format!("In latency {b} and {a} {least}; but {right}. {advice}")
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
            named(judgement, State::is_open)
        ),
        Some(found) => format!(
            "neither arm is faster or fails less beyond chance, and a difference that matters is not ruled out, so far {}",
            span(&found, level)
        ),
        None => "neither arm is faster or fails less beyond chance, and a difference that matters is not ruled out"
            .to_owned(),
    }
}

fn until(judgement: &Judgement, setting: &Setting) -> String {
    more(judgement, setting, "would tell, if the spread stays as it is").unwrap_or_else(|| {
        " More of the same would not settle it; look at what spreads the latencies, or ask about more samples."
            .to_owned()
    })
}

/// What would settle what is open; `None` where no more of the same would.
fn more(judgement: &Judgement, setting: &Setting, what: &str) -> Option<String> {
    Some(match judgement.more? {
        More::Queries(more) => format!(" About {} more queries {what}.", grouped(rounded_up(more, 2))),
        More::Impractical => format!(" Far more queries than is practical {what}."),
        More::Unforeseen => format!(" More queries {what}; how many, these do not say."),
        More::FewRounds(rounds) => {
            let said = match rounds {
                0 => "Without a round nothing is known".to_owned(),
                1 => "One round, which is one start of each arm, says nothing of how much starts differ".to_owned(),
                _ => format!(
                    "{rounds} rounds, which are {rounds} starts of each arm, say too little of how much starts differ"
                ),
            };
            if setting.planned_rounds > rounds {
                format!(" {said}; {} are planned.", setting.planned_rounds)
            } else {
                format!(" {said}, and no more are planned; `--rounds {ENOUGH_ROUNDS}` asks for enough.")
            }
        }
        More::Nothing => return None,
    })
}

/// So many rounds mostly say how much starts differ.
const ENOUGH_ROUNDS: u64 = 10;

fn worse(judgement: &Judgement) -> &'static str {
    let broken = judgement.guardrails.iter().filter(|own| own.state == State::Broken).count();
    if broken == 1 { "it is worse" } else { "it is worse in several ways" }
}

/// What was found beyond chance, B compared with A: first all that speaks for one arm, then what speaks for the other.
fn findings(judgement: &Judgement, level: &str) -> String {
    let mut found: Vec<(Arm, String)> = Vec::new();
    if let Some((latency, arm)) = judgement.latency.and_then(|latency| Some((latency, latency.better()?))) {
        found.push((arm, format!("it is {}", span(&latency, level))));
    }
    let errors = judgement.errors;
    if let Some(arm) = errors.better() {
        let less = if errors.change < 0.0 { "fewer" } else { "more" };
        let text = format!(
            "{} {less} of its queries fail (p {})",
            points(three_digits(errors.change.abs() * 100.0)),
            p_value(errors.p_value)
        );
        found.push((arm, text));
    }
    if let Some((right, arm)) = judgement.accuracy.and_then(|right| Some((right, right.better()?))) {
        found.push((arm, rightness(&right, level)));
    }
    let first = found.first().map(|(arm, _)| *arm);
    let all_for = |is_first: bool| {
        let own = found.iter().filter(|(arm, _)| (Some(*arm) == first) == is_first);
        own.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(", and ")
    };
    [all_for(true), all_for(false)].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", but ")
}

/// `2.5 percentage points more of its answers are right (97.5 % interval: +1 to +4)`.
fn rightness(found: &RightAnswers, level: &str) -> String {
    format!(
        "{} {} of its answers are right ({level} interval: {} to {})",
        points(three_digits(found.change.abs() * 100.0)),
        if found.change < 0.0 { "fewer" } else { "more" },
        signed(found.interval.low),
        signed(found.interval.high)
    )
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

/// The guardrails in these states, each with the change and the margin.
fn named(judgement: &Judgement, state: impl Fn(State) -> bool) -> String {
    let one = |own: &Watched| {
        let margin = own.guardrail.margin;
        let is_rate = own.guardrail.metric.is_rate();
        let allowed = if is_rate { points(three_digits(margin.share() * 100.0)) } else { margin.to_string() };
        let sized = match own.change {
            None => "unknown".to_owned(),
            Some((change, _)) if is_rate => points(signed(change)),
            Some((change, _)) => format!("{} %", signed(change)),
        };
        format!("{} ({sized}, allowed {allowed})", own.guardrail.metric.name())
    };
    let all = judgement.guardrails.iter().filter(|own| state(own.state));
    all.map(one).collect::<Vec<_>>().join(", ")
}

fn points(number: String) -> String {
    let is_one = number.trim_start_matches(['+', '−']) == "1";
    number + if is_one { " percentage point" } else { " percentage points" }
}

fn signed(share: f64) -> String {
    let sign = if share < 0.0 { '−' } else { '+' };
    format!("{sign}{}", three_digits(share.abs() * 100.0))
}

/// With two digits that say something: `0.034`, `0.0018`, `< 0.001`.
fn p_value(p: f64) -> String {
    if p < 0.001 {
        return "< 0.001".to_owned();
    }
    let digits = (1.0 - p.log10().floor()).max(0.0) as usize;
    let text = format!("{p:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_p_value_has_two_digits_and_is_never_nothing() {
        let shown = [0.0018, 0.0101, 0.034, 0.2, 0.999, 1.0, 0.0009].map(p_value);
        assert_eq!(shown, ["0.0018", "0.01", "0.034", "0.2", "1", "1", "< 0.001"]);
    }
}
