//! Whether the stages fit the whole: what they add up to, and where they exceed it.

use super::Basis;
use super::books::Books;
use super::share::Share;

/// How the stages stand to the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Consistency {
    /// What all stages together are of all time.
    pub sum: Share,
    /// Answered queries.
    pub queries: u64,
    /// Those of them that reported at least one stage.
    pub reporting: u64,
    /// How single queries stand to their stages; `None` where the time of a query is not that of its work.
    pub by_query: Option<ByQuery>,
}

/// How single queries stand to their stages, of those that reported any. One percent more than the query is rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ByQuery {
    /// Queries whose stages together took longer than they did themselves: the stages overlap, or a clock differs.
    pub exceeded: u64,
    /// Queries of which a single stage took longer than they did themselves: a time that is not this query's, or another clock.
    pub outlasted: u64,
    /// The greatest ratio of the stages' sum to the time of their query.
    pub worst: f64,
}

/// How these rounds' stages stand to the whole; `None` if no query reported any.
pub(super) fn of(books: &[Books], basis: Basis) -> Option<Consistency> {
    let sum = |of: fn(&Books) -> u64| books.iter().map(of).fold(0, u64::saturating_add);
    let reporting = sum(|book| book.reporting);
    let by_query = ByQuery {
        exceeded: sum(|book| book.exceeded),
        outlasted: sum(|book| book.outlasted),
        worst: books.iter().map(|book| book.worst).fold(0.0, f64::max),
    };
    (reporting > 0).then(|| Consistency {
        sum: Share::of(&books.iter().map(Books::sum).collect::<Vec<_>>()),
        queries: sum(|book| book.queries),
        reporting,
        by_query: (basis == Basis::Latency).then_some(by_query),
    })
}
