//! A profile document read: the same structs, checked.

use super::{
    BasisV1, ByQueryV1, FindingV1, FindingWordV1, GrowthV1, InTailV1, LeadV1, OutsideV1, ProfileV1, ShareV1, StageV1,
    TailV1, TimesV1,
};
use crate::profile::{
    Basis, Bottleneck, ByQuery, Consistency, Growth, InTail, Lead, Outside, Profile, Share, StagePart, Tail, Times,
};
use crate::wire::result::benchmark_from_wire;
use crate::wire::{WireError, schema_of};

/// Reads a profile of any version that this program knows.
pub fn read_profile(text: &str) -> Result<Profile, WireError> {
    let (kind, version) = schema_of(text)?;
    let found = || format!("perfgate.{kind}/{version}");
    match (kind.as_str(), version) {
        ("profile", 1) => {
            let wire: ProfileV1 = serde_json::from_str(text).map_err(|error| WireError::Invalid(error.to_string()))?;
            from_wire(wire).map_err(WireError::Invalid)
        }
        ("profile", 2..) => Err(WireError::Newer(found())),
        _ => Err(WireError::OtherKind { found: found(), expected: "a profile document" }),
    }
}

fn from_wire(wire: ProfileV1) -> Result<Profile, String> {
    let run = wire.head.read().map_err(|error| error.to_string())?;
    let benchmark = benchmark_from_wire(wire.measured, &|_, metric| format!("metric `{metric}`"))
        .map_err(|problem| format!("measured, {problem}"))?;
    let outside = wire.outside.map(|OutsideV1 { share, times, in_tail }| {
        Ok::<_, String>(Outside {
            share: share.read("outside")?,
            times: times.map(|times| times.read("outside")).transpose()?,
            in_tail: in_tail.map(|part| part.read("outside")).transpose()?,
        })
    });
    let consistency = wire.consistency.map(|known| {
        let by_query =
            known.by_query.map(|ByQueryV1 { exceeded, outlasted, worst }| ByQuery { exceeded, outlasted, worst });
        let (queries, reporting) = (known.queries, known.reporting);
        known.sum.read("consistency").map(|sum| Consistency { sum, queries, reporting, by_query })
    });
    Ok(Profile {
        run,
        benchmark,
        basis: match wire.shares_of {
            BasisV1::Latency => Basis::Latency,
            BasisV1::Span => Basis::Span,
        },
        total: wire.total.read("total")?,
        stages: wire.stages.into_iter().map(StageV1::read).collect::<Result<_, _>>()?,
        outside: outside.transpose()?,
        consistency: consistency.transpose()?,
        bottleneck: wire.bottleneck_finding.read(wire.bottleneck)?,
        tail: wire.tail.map(TailV1::read).transpose()?,
    })
}

impl TimesV1 {
    fn read(self, whose: &str) -> Result<Times, String> {
        let Self { queries: count, mean, p50, p90, p95, p99, p999, min, max } = self;
        let up = [Some(min), Some(p50), p90, p95, p99, p999, Some(max)];
        let up: Vec<u64> = up.into_iter().flatten().collect();
        if !up.is_sorted() || count == 0 || !mean.is_finite() {
            return Err(format!("{whose}: its times do not ascend from `min` over the percentiles to `max`"));
        }
        Ok(Times { count, mean, p50, p90, p95, p99, p999, min, max })
    }
}

impl ShareV1 {
    fn read(self, whose: &str) -> Result<Share, String> {
        let Self { share, ci } = self;
        Share::checked(share, ci).ok_or_else(|| format!("{whose}: the share {share} does not lie in its interval"))
    }
}

impl InTailV1 {
    fn read(self, whose: &str) -> Result<InTail, String> {
        let of_excess = self.of_excess.map(|share| share.read(whose)).transpose()?;
        Ok(InTail { share: self.of_time.read(whose)?, of_excess })
    }
}

impl StageV1 {
    fn read(self) -> Result<StagePart, String> {
        let whose = format!("stage `{}`", self.name);
        Ok(StagePart {
            times: self.times.read(&whose)?,
            share: self.share.read(&whose)?,
            in_tail: self.in_tail.map(|part| part.read(&whose)).transpose()?,
            name: self.name,
        })
    }
}

impl LeadV1 {
    fn read(self) -> Result<Lead, String> {
        Ok(Lead { by: self.by.read("bottleneck_finding")?, over: self.over })
    }
}

impl FindingV1 {
    fn read(self, bottleneck: Option<String>) -> Result<Bottleneck, String> {
        let lead = self.lead.map(LeadV1::read).transpose()?;
        Ok(match (self.finding, self.stage, lead, bottleneck) {
            (FindingWordV1::Ahead, Some(stage), lead, Some(name)) if stage == name => Bottleneck::Stage { name, lead },
            (FindingWordV1::Outside, Some(name), lead, None) => Bottleneck::Outside { name, lead },
            (FindingWordV1::Open, Some(name), Some(lead), None) => Bottleneck::Open { name, lead },
            (FindingWordV1::OneRound, None, None, None) => Bottleneck::OneRound,
            (FindingWordV1::NoStages, None, None, None) => Bottleneck::NoStages,
            _ => return Err("bottleneck: it and `bottleneck_finding` contradict each other".to_owned()),
        })
    }
}

impl TailV1 {
    fn read(self) -> Result<Tail, String> {
        let growth = match (self.growth, self.bottleneck) {
            (GrowthV1::Stage, Some(name)) => Growth::Stage(name),
            (GrowthV1::Outside, None) => Growth::Outside,
            (GrowthV1::Open, None) => Growth::Open,
            (GrowthV1::None, None) => Growth::None,
            _ => return Err("tail: `growth` and `bottleneck` contradict each other".to_owned()),
        };
        let Self { slowest, queries, mean, excess, .. } = self;
        Ok(Tail { slowest, queries, mean, excess, growth })
    }
}
