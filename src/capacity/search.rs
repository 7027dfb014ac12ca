//! The search for the highest load that meets the objective, as a machine that is asked which round comes next, and told what
//! became of it. It knows no clock: whoever asks stops when the time is over, and there is an answer at any time.
//!
//! First it scouts: loads twice or half as high until one seems to meet the objective and one to violate it, then between the
//! two, a few rounds each. Then it proves, on fresh rounds: at loads well below and well above the place where the answer seems
//! to lie, and from there inwards, as far as rounds can show anything. What is scouted only says where to look, and is looked at
//! again with every round: an unlucky round costs time, and cannot lead astray for good.

mod proving;
mod scouting;

use super::evidence::{Load, Noted, Opinion, Round, ascending, grows};
use super::proof::{Proof, Rule, State};
use crate::config::Objective;

/// What is searched for, and where.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// The objective.
    pub objective: Objective,
    /// The first load, in queries per second; within the range.
    pub start: f64,
    /// The lowest and the highest load that may be tried.
    pub range: [f64; 2],
    /// How far apart the ends of the answer may be: 0.1 is 10 %.
    pub tolerance: f64,
    /// Rounds before the first look of a proof.
    pub rounds: u32,
    /// Rounds that make an opinion.
    pub scouts: u32,
    /// The chance that an end of the answer is wrong.
    pub alpha: f64,
}

/// The round that is wanted next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ask {
    /// Queries per second.
    pub load: f64,
    /// How many times as long as usual it is to last.
    pub length: u32,
    proof: Option<usize>,
}

/// What keeps the answer from having an upper end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Nothing: the system is what limits.
    System,
    /// The load generator: it was late above the lower end.
    Generator,
    /// No higher load was to be tried.
    Range,
    /// The rounds there were show no more.
    Rounds,
}

/// What was found so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The highest load that was shown to meet the objective.
    pub low: Option<f64>,
    /// The lowest load that was shown to violate it.
    pub high: Option<f64>,
    /// Where the objective is just met, by all rounds together; no more than an estimate.
    pub estimate: Option<f64>,
    /// What limits.
    pub limit: Limit,
    /// Whether a load was shown to meet the objective above one that was shown to violate it.
    pub contradictory: bool,
}

/// A search under way.
#[derive(Debug, Clone)]
pub struct Search {
    setting: Setting,
    noted: Vec<Noted>,
    proofs: Vec<Proof>,
    /// How many times as long as usual rounds have to be.
    length: u32,
    /// How often unclear proofs were begun again with more rounds.
    generation: u32,
}

/// So many rounds show that the generator can be in time.
const ENOUGH_ON_TIME: usize = 3;

/// Longer rounds than this many times the usual are not tried.
const LONGEST: u32 = 16;

/// So many rounds in all.
const MOST_ROUNDS: usize = 20_000;

impl Search {
    /// A search that knows nothing yet.
    pub fn new(setting: Setting) -> Self {
        Self { setting, noted: Vec::new(), proofs: Vec::new(), length: 1, generation: 0 }
    }

    /// What is searched for.
    pub fn setting(&self) -> &Setting {
        &self.setting
    }

    /// All rounds so far, in the order in which they ran.
    pub fn noted(&self) -> &[Noted] {
        &self.noted
    }

    /// The proofs so far.
    pub fn proofs(&self) -> &[Proof] {
        &self.proofs
    }

    /// How many times as long as usual rounds have to be, as far as is known.
    pub fn length(&self) -> u32 {
        self.length
    }

    /// The round that is wanted next; `None` if the answer is as good as it gets.
    pub fn ask(&mut self) -> Option<Ask> {
        if self.noted.len() >= MOST_ROUNDS {
            return None;
        }
        if let Some(number) = self.open_proof() {
            return self.ask_for(number);
        }
        let view = self.view();
        let scouted = self.scouted(&view).or_else(|| self.gap_of_the_curve(&view));
        if let Some(load) = scouted.or_else(|| self.late_at_the_end(&view)) {
            return Some(Ask { load, length: self.length, proof: None });
        }
        if let Some(load) = self.candidate(&view) {
            self.proofs.push(Proof::begin(load, self.length));
            return self.ask_for(self.proofs.len() - 1);
        }
        // What the generator spoilt costs less to repeat than what is unclear.
        if let Some(load) = self.late_again(&view).filter(|_| !self.is_close()) {
            return Some(Ask { load, length: self.length, proof: None });
        }
        self.pardon().or_else(|| self.reopen())?;
        self.open_proof().and_then(|number| self.ask_for(number))
    }

    fn open_proof(&self) -> Option<usize> {
        self.proofs.iter().position(|proof| proof.state == State::Open)
    }

    fn ask_for(&self, number: usize) -> Option<Ask> {
        let proof = self.proofs.get(number)?;
        Some(Ask { load: proof.load, length: proof.length, proof: Some(number) })
    }

    /// Takes notice of what became of a round that was asked for.
    pub fn tell(&mut self, ask: Ask, round: Round) {
        self.noted.push(Noted { load: ask.load, length: ask.length, proof: ask.proof, round });
        match ask.proof {
            None => {
                if ask.length == self.length && self.opinion(ask.load) == Opinion::Grows {
                    self.lengthen();
                }
            }
            Some(number) => {
                let rule = self.rule();
                let rounds: Vec<&Round> =
                    self.noted.iter().filter(|noted| noted.proof == Some(number)).map(|noted| &noted.round).collect();
                if let Some(proof) = self.proofs.get_mut(number) {
                    proof.look(number, &rounds, &rule);
                    if proof.state == State::Unsettled && proof.length == self.length {
                        self.lengthen();
                    }
                }
                self.hold_against_all(number);
            }
        }
    }

    /// What a proof shows must also be what all rounds together say: ten rounds that went well do not outweigh as many under
    /// lower loads that did not. If it is not, more rounds are to tell.
    fn hold_against_all(&mut self, number: usize) {
        let may = self.setting.objective.may_exceed();
        let Some(Proof { load, state, .. }) = self.proofs.get(number).cloned() else { return };
        let all_say = || {
            let fitted = ascending(&self.loads());
            fitted
                .iter()
                .find(|(own, _)| *own == load)
                .map(|(_, over)| if *over <= may { State::Met } else { State::Violated })
        };
        if matches!(state, State::Met | State::Violated)
            && all_say().is_some_and(|said| said != state)
            && let Some(proof) = self.proofs.get_mut(number)
        {
            proof.state = State::Unclear;
        }
    }

    fn lengthen(&mut self) {
        self.length = (2 * self.length).min(LONGEST);
    }

    fn rule(&self) -> Rule {
        let first = self.setting.rounds.max(2);
        // Two looks, and with each generation two more.
        let most = first.saturating_mul(2).saturating_mul(4_u32.saturating_pow(self.generation));
        Rule { objective: self.setting.objective, alpha: self.setting.alpha, first, most }
    }

    /// The loads that were tried, ascending, each with the rounds that count: of a load that grew, the long ones.
    pub fn loads(&self) -> Vec<Load<'_>> {
        let mut order: Vec<&Noted> = self.noted.iter().collect();
        order.sort_by(|a, b| a.load.total_cmp(&b.load));
        let chunks = order.chunk_by(|a, b| a.load == b.load);
        chunks
            .filter_map(|noted| Some(Load::new(noted.first()?.load, counting(noted, &self.setting.objective))))
            .collect()
    }

    /// What the rounds of a load say.
    pub fn opinion_of(&self, load: &Load<'_>) -> Opinion {
        load.opinion(&self.setting.objective, self.setting.scouts.max(1) as usize)
    }

    fn opinion(&self, load: f64) -> Opinion {
        let noted: Vec<&Noted> = self.noted.iter().filter(|noted| noted.load == load).collect();
        self.opinion_of(&Load::new(load, counting(&noted, &self.setting.objective)))
    }

    /// Whether rounds under this load have to be longer than they were.
    fn wants_longer(&self, load: f64) -> bool {
        let longest = self.noted.iter().filter(|noted| noted.load == load).map(|noted| noted.length).max();
        longest.is_some_and(|longest| longest < self.length)
    }

    /// What all rounds so far say, put together.
    fn view(&self) -> View<'_> {
        let loads = self.loads();
        let opinions: Vec<Opinion> = loads.iter().map(|load| self.opinion_of(load)).collect();
        let fitted = ascending(&loads);
        let is_late = |(load, opinion): &(&Load<'_>, &Opinion)| {
            **opinion == Opinion::Late && !is_on_time_above(load.load, &loads)
        };
        let late = loads.iter().zip(&opinions).find(is_late).map(|(load, _)| load.load);
        let may = self.setting.objective.may_exceed();
        let violates = fitted.iter().find(|(_, over)| *over > may).map(|(load, _)| *load);
        let beyond = [late, violates].into_iter().flatten().min_by(f64::total_cmp);
        let below = |load: f64| beyond.is_none_or(|beyond| load < beyond);
        let meets = fitted.iter().rev().find(|(load, over)| below(*load) && *over <= may).map(|(load, _)| *load);
        View { loads, opinions, fitted, meets, beyond, late: late.is_some() && late == beyond }
    }

    /// Where the objective is just met: between the highest load that seems to meet it and the lowest that seems not to, by
    /// the shares over the bound there, which grow about exponentially with the load. `None` while it has not been seen on both
    /// sides.
    fn estimate(&self, view: &View<'_>) -> Option<f64> {
        let (meets, beyond) = (view.meets?, view.beyond.filter(|_| !view.late)?);
        let over = |load: f64| {
            let over = view.fitted.iter().find(|(own, _)| *own == load).map_or(0.0, |(_, over)| *over);
            let trials = view.loads.iter().find(|own| own.load == load).map_or(1.0, Load::trials);
            // A share of 0 has no logarithm; half of a query does.
            over.max(0.5 / trials.max(1.0))
        };
        let may = self.setting.objective.may_exceed();
        let (low, high) = (over(meets).min(may).ln(), over(beyond).max(may).ln());
        let part = if high > low { (may.ln() - low) / (high - low) } else { 0.5 };
        let estimate = meets * (beyond / meets).powf(part.clamp(0.0, 1.0));
        let (low, high) = self.shown();
        Some(estimate.clamp(low.unwrap_or(0.0), high.unwrap_or(f64::INFINITY).max(low.unwrap_or(0.0))))
    }

    /// The highest load that was shown to meet the objective, and the lowest that was shown to violate it. A load that was
    /// shown to meet it above one that violates it does not count.
    fn shown(&self) -> (Option<f64>, Option<f64>) {
        let of = |state: State| self.proofs.iter().filter(move |proof| proof.state == state).map(|proof| proof.load);
        let high = of(State::Violated).min_by(f64::total_cmp);
        let low = of(State::Met).filter(|load| high.is_none_or(|high| *load < high)).max_by(f64::total_cmp);
        (low, high)
    }

    /// Whether the ends are as close as was wanted.
    fn is_close(&self) -> bool {
        let (low, high) = self.shown();
        low.zip(high).is_some_and(|(low, high)| high / low <= 1.0 + self.setting.tolerance)
    }

    /// What was found so far.
    pub fn found(&self) -> Found {
        let view = self.view();
        let (low, high) = self.shown();
        let mut met = self.proofs.iter().filter(|proof| proof.state == State::Met);
        let [_, to] = self.setting.range;
        let at_the_end = view.beyond.is_none() && view.meets.is_some_and(|meets| meets >= to);
        let limit = match high {
            Some(_) => Limit::System,
            None if view.late => Limit::Generator,
            None if at_the_end => Limit::Range,
            None => Limit::Rounds,
        };
        Found {
            low,
            high,
            estimate: self.estimate(&view),
            limit,
            contradictory: met.any(|proof| high.is_some_and(|high| proof.load > high)),
        }
    }
}

/// The rounds of one load that count. Whether a latency grows can only be seen in rounds of one length: if it did in short ones,
/// the longest count; what does not grow counts at any length.
fn counting<'a>(noted: &[&'a Noted], objective: &Objective) -> Vec<&'a Round> {
    let longest = noted.iter().map(|noted| noted.length).max().unwrap_or(1);
    let shorter: Vec<&Round> = noted.iter().filter(|noted| noted.length < longest).map(|noted| &noted.round).collect();
    let only_longest = grows(&shorter, objective);
    noted.iter().filter(|noted| !only_longest || noted.length == longest).map(|noted| &noted.round).collect()
}

/// What all rounds so far say, put together.
struct View<'a> {
    /// The loads that were tried, ascending.
    loads: Vec<Load<'a>>,
    /// What the rounds of each say.
    opinions: Vec<Opinion>,
    /// Shares over the bound, made to ascend with the load.
    fitted: Vec<(f64, f64)>,
    /// The highest load that seems to meet the objective, below all that seem not to.
    meets: Option<f64>,
    /// The lowest load that seems not to, or of which nothing is known because the generator was late, and was not in time for
    /// any higher one.
    beyond: Option<f64>,
    /// Whether that is because the generator was late.
    late: bool,
}

/// Whether the generator was in time under higher loads than this one: from some load upwards in a few rounds, and in more than it
/// was late in. Then it is not late because of the load. `loads` ascend.
fn is_on_time_above(load: f64, loads: &[Load<'_>]) -> bool {
    let (mut on_time, mut late) = (0, 0);
    loads.iter().rev().take_while(|own| own.load > load).any(|own| {
        let own_late = own.rounds.iter().filter(|round| round.is_late()).count();
        late += own_late;
        on_time += own.rounds.len() - own_late;
        on_time >= ENOUGH_ON_TIME && on_time > late
    })
}

/// A load in three digits: what nobody can tell apart need not look different.
fn tidy(load: f64) -> f64 {
    if !load.is_finite() || load <= 0.0 {
        return load;
    }
    let scale = 10_f64.powi(2 - load.log10().floor() as i32);
    (load * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_have_three_digits() {
        assert_eq!([1234.5, 0.012_345, 999.7, 10.0].map(tidy), [1230.0, 0.0123, 1000.0, 10.0]);
    }
}
