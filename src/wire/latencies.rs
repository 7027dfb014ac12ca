//! The latencies of a benchmark in a document: how often which occurred, and how they went over time. They are rows of numbers,
//! and stand on one line each, because there are many.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use serde_json::value::to_raw_value;

use crate::result::{Course, Distribution, NotACourse, NotADistribution, RoundCourse, Window};

/// A value that stands on one line of a document whose other values have one each.
pub struct Line<T>(pub T);

impl<T: Serialize> Serialize for Line<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        to_raw_value(&self.0).map_err(ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Line<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

impl<T: JsonSchema> JsonSchema for Line<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// `[low, count]` of each bucket.
pub type LatenciesV1 = Line<Vec<[u64; 2]>>;

/// A line for each round.
pub type CourseV1 = Vec<Line<RoundCourseV1>>;

/// Windows of queries that follow each other: `[at, low, median, high, queries]`. All but the last are nanoseconds: when the window
/// begins, since the first query of the round, warm-up included; and the least, the median and the greatest latency.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct RoundCourseV1 {
    /// Which round of the session, counted from 0.
    round: usize,
    /// Of the untimed queries, at most 8 windows; absent if there were none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warm_up: Vec<[u64; 5]>,
    /// Of the timed queries, 1 to 24 windows.
    timed: Vec<[u64; 5]>,
}

/// A distribution as it stands in a document.
pub fn latencies_to_wire(domain: &Distribution) -> LatenciesV1 {
    Line(domain.buckets().map(|bucket| [bucket.low, bucket.count]).collect())
}

/// The distribution, or what is wrong with it.
pub fn latencies_from_wire(Line(wire): LatenciesV1) -> Result<Distribution, NotADistribution> {
    Distribution::from_counts(wire.into_iter().map(|[low, count]| (low, count)))
}

/// A course as it stands in a document.
pub fn course_to_wire(domain: &Course) -> CourseV1 {
    let windows = |windows: &[Window]| windows.iter().map(window_to_wire).collect();
    let round = |round: &RoundCourse| RoundCourseV1 {
        round: round.round,
        warm_up: windows(&round.warm_up),
        timed: windows(&round.timed),
    };
    domain.rounds.iter().map(|domain| Line(round(domain))).collect()
}

/// The course, or what is wrong with it.
pub fn course_from_wire(wire: CourseV1) -> Result<Course, NotACourse> {
    let windows = |wire: Vec<[u64; 5]>| wire.into_iter().map(window_from_wire).collect();
    let round = |Line(wire): Line<RoundCourseV1>| RoundCourse {
        round: wire.round,
        warm_up: windows(wire.warm_up),
        timed: windows(wire.timed),
    };
    Course::checked(wire.into_iter().map(round).collect())
}

fn window_to_wire(&Window { at, low, median, high, queries }: &Window) -> [u64; 5] {
    [at, low, median, high, queries]
}

fn window_from_wire([at, low, median, high, queries]: [u64; 5]) -> Window {
    Window { at, low, median, high, queries }
}
