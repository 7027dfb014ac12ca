//! What became of an objective, in words: the same in every format.

use super::{Answer, Certainty, Examined, Proof, budget_used};
use crate::numerals::{grouped, rounded_up};
use crate::result::Objective;

/// `met, 99.97 % of 24,576 queries in 10 rounds within 100 ms (at least 99.93 % if other starts are like these), 30 % of the error
/// budget used`, and the like.
pub fn sentence(examined: &Examined, answer: Answer) -> String {
    let Examined { objective, all, rounds, .. } = examined;
    let share = examined.share();
    let within = format!(
        "{} of {} queries in {rounds} {} within {}",
        percent(share, Ends::Nearest),
        grouped(all.queries),
        if *rounds == 1 { "round" } else { "rounds" },
        objective.bound_in_words()
    );
    let used = used(*objective, share);
    let Some(Certainty { bounds: [low, high], .. }) = examined.certainty else {
        return format!("not proven, {within}, {used}: {ONE_ROUND}");
    };
    let at_least = format!("at least {}", percent(low, Ends::Down));
    let at_most = format!("at most {}", percent(high, Ends::Up));
    match answer {
        Answer::Met => format!("met, {within} ({at_least} {IF_ALIKE}), {used}"),
        Answer::Violated => format!("violated, {within} ({at_most} {IF_ALIKE}), {used}"),
        Answer::NotProven(proof) => {
            let wanted = percent(objective.share(), Ends::Nearest);
            format!(
                "not proven, {within} ({at_least}, {at_most} {IF_ALIKE}; {wanted} are asked for), {used}: {}",
                what_it_takes(proof, all.queries, share, *objective)
            )
        }
        Answer::OneRound => format!("not proven, {within}, {used}: {ONE_ROUND}"),
    }
}

/// What every interval supposes: a start that is unlike all that were measured is in none of them.
const IF_ALIKE: &str = "if other starts are like these";

/// Why one round is not enough, and what is.
pub const ONE_ROUND: &str = "one round is one start, which says nothing of others; at least 2 rounds are needed";

fn used(objective: Objective, share: f64) -> String {
    format!("{} of the error budget used", budget(objective, share))
}

/// How much of the error budget is used, `30 %`: whole percents, but never rounded across its end.
pub fn budget(objective: Objective, share: f64) -> String {
    let percent = 100.0 * budget_used(objective, share);
    let rounded = if percent > 100.0 && percent < 101.0 {
        101.0
    } else if percent > 99.0 && percent < 100.0 {
        99.0
    } else if percent > 0.0 && percent < 1.0 {
        return "less than 1 %".to_owned();
    } else {
        percent.round()
    };
    format!("{} %", grouped(rounded as u64))
}

/// What would prove it, and how many queries there were.
fn what_it_takes(proof: Proof, queries: u64, share: f64, objective: Objective) -> String {
    let there = format!("there were {}", grouped(queries));
    match proof.as_measured {
        Some(more) if share == 1.0 => format!("{} queries without one over it would prove it; {there}", grouped(more)),
        Some(more) if more > queries => {
            format!("about {} queries would prove it if the share stays; {there}", grouped(rounded_up(more, 3)))
        }
        Some(_) => format!("the share is too near to what is asked for; {there}"),
        None if share == objective.share() => {
            "a share of just what is asked for is proven by no number of queries".to_owned()
        }
        None => "no number of queries proves it if the share stays".to_owned(),
    }
}

/// Which way a share is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// To the nearest.
    Nearest,
    /// To what it is at least.
    Down,
    /// To what it is at most.
    Up,
}

/// A share near 1, with two digits of what it lacks: `99.97 %`. Only all of it is `100 %`, and only nothing `0 %`.
pub fn percent(share: f64, ends: Ends) -> String {
    let lacks = 100.0 * (1.0 - share).min(share);
    // Two digits of the smaller part.
    let digits = if lacks > 0.0 { (1.0 - lacks.log10().floor()).clamp(0.0, 9.0) as usize } else { 0 };
    let scale = 10_f64.powi(digits as i32);
    let percent = share * 100.0 * scale;
    // The error of binary fractions is no reason to round.
    let rounded = match ends {
        Ends::Nearest => percent.round(),
        Ends::Down => (percent + 1e-6).floor(),
        Ends::Up => (percent - 1e-6).ceil(),
    };
    let text = format!("{:.digits$}", rounded / scale);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}
