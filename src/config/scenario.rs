//! The scenarios of a benchmark, with what each needs to know.

use std::num::NonZeroU32;

use super::load::ScenarioKind;
use super::problem::{Problem, Reported};
use super::sections::Fields;
use super::values::{self, Scenarios};
use super::{Scenario, Server, System, Traffic, belonging, traffic, usual};

/// Which scenarios a section has.
pub fn which(fields: &Fields<'_>) -> Result<Scenarios, Reported> {
    let given = fields.optional("scenario", values::scenarios);
    given.map(|given| given.unwrap_or(Scenarios::One(ScenarioKind::SingleStream)))
}

/// What the file says about the scenarios of a section. What it leaves open is up to the system under test.
pub struct Found {
    scenarios: Vec<Wanted>,
    samples_per_query: Option<NonZeroU32>,
    batch_size: Option<NonZeroU32>,
    max_async: Option<NonZeroU32>,
}

/// A scenario, with what it cannot do without.
enum Wanted {
    SingleStream,
    MultiStream,
    Server(Traffic),
    Offline,
}

/// Reads the keys of the scenarios. They are read whatever the scenarios are, so that a wrong value is reported even where its
/// key is not wanted.
pub fn read(fields: &Fields<'_>, scenarios: Result<&Scenarios, Reported>) -> Result<Found, Reported> {
    let samples_per_query = fields.optional("samples_per_query", values::positive);
    let batch_size = fields.optional("batch_size", values::positive);
    let max_async = fields.optional("max_async", values::positive);
    let target = fields.optional("target_qps", values::number);
    let traffic = fields.optional("traffic", traffic::read);

    let kinds = scenarios?.all();
    belonging::check_scenarios(fields, kinds);
    let server = kinds.contains(&ScenarioKind::Server).then(|| traffic::resolve(fields, traffic, target));
    let server = server.transpose();
    if let Ok(Some(Traffic::Closed { .. })) = server
        && !kinds.contains(&ScenarioKind::Offline)
    {
        check_closed(fields);
    }
    let server = server?;
    let wanted = |kind: &ScenarioKind| match kind {
        ScenarioKind::SingleStream => Some(Wanted::SingleStream),
        ScenarioKind::MultiStream => Some(Wanted::MultiStream),
        ScenarioKind::Server => server.clone().map(Wanted::Server),
        ScenarioKind::Offline => Some(Wanted::Offline),
    };
    Ok(Found {
        scenarios: kinds.iter().filter_map(wanted).collect(),
        samples_per_query: samples_per_query?,
        batch_size: batch_size?,
        max_async: max_async?,
    })
}

/// In the closed loop the users limit what is in flight.
fn check_closed(fields: &Fields<'_>) {
    if let Some(span) = fields.key_span("max_async") {
        let message = "`max_async` does not go with closed traffic: there are as many queries in flight as `users`";
        fields.report(Problem::new(message, span, "not used", "remove it, or lower `users`"));
    }
}

impl Found {
    /// The scenarios, in the order of the file.
    pub fn scenarios(&self, system: &System) -> Vec<Scenario> {
        let scenario = |wanted: &Wanted| match wanted {
            Wanted::SingleStream => Scenario::SingleStream,
            Wanted::MultiStream => {
                Scenario::MultiStream { samples_per_query: self.samples_per_query.unwrap_or(usual::SAMPLES_PER_QUERY) }
            }
            Wanted::Server(traffic @ Traffic::Closed { .. }) => {
                Scenario::Server(Server { traffic: traffic.clone(), max_async: None })
            }
            Wanted::Server(traffic) => Scenario::Server(Server {
                traffic: traffic.clone(),
                max_async: self.max_async.or_else(|| usual::most_in_flight(system)),
            }),
            Wanted::Offline => Scenario::Offline {
                batch_size: self.batch_size.unwrap_or_else(|| usual::batch_size(system)),
                max_async: self.max_async.or_else(|| usual::most_offline(system)),
            },
        };
        self.scenarios.iter().map(scenario).collect()
    }
}
