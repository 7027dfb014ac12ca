//! The connections of a round: which are open, which have nothing to do.
//!
//! To find one for a query takes the same time however many there are. So a connection has a place of its own, by whose number
//! it is found again, and the places of those without a query are kept on a stack.

use super::connection::Session;
use super::desk::Desk;
use crate::config::HttpProtocol;

/// Open connections, over which `J`s are asked.
pub struct Connections<J> {
    protocol: HttpProtocol,
    places: Vec<Option<Entry<J>>>,
    /// The places of connections without a query. HTTP/1.1 takes the next from here, the last one to have answered first.
    idle: Vec<usize>,
    /// Connections that were added so far.
    added: u64,
}

struct Entry<J> {
    number: u64,
    way: Way<J>,
    /// Queries that were put on it and are not answered.
    in_flight: usize,
}

/// How a connection is asked.
pub enum Way<J> {
    /// By the one task that attends to it.
    Desk(Desk<(Ticket, J)>),
    /// By a task for each query.
    Directly(Session),
}

/// Where a connection is, as long as it is open: another in its place has another number.
#[derive(Debug, Clone, Copy)]
pub struct Ticket {
    place: usize,
    number: u64,
}

impl<J> Connections<J> {
    /// None yet.
    pub fn new(protocol: HttpProtocol) -> Self {
        Self { protocol, places: Vec::new(), idle: Vec::new(), added: 0 }
    }

    /// Takes in a connection without a query.
    pub fn add(&mut self, way: Way<J>) {
        self.added += 1;
        let entry = Some(Entry { number: self.added, way, in_flight: 0 });
        let place = match self.places.iter().position(Option::is_none) {
            Some(vacant) => vacant,
            None => {
                self.places.push(None);
                self.places.len() - 1
            }
        };
        if let Some(vacant) = self.places.get_mut(place) {
            *vacant = entry;
            self.idle.push(place);
        }
    }

    /// How many were taken in so far.
    pub fn added(&self) -> u64 {
        self.added
    }

    /// How many are open.
    pub fn len(&self) -> usize {
        self.places.iter().flatten().count()
    }

    /// Whether any takes another query.
    pub fn is_any_free(&self) -> bool {
        match self.protocol {
            HttpProtocol::Http1 => self.idle.iter().rev().any(|&place| self.is_free(place)),
            HttpProtocol::Http2 => (0..self.places.len()).any(|place| self.is_free(place)),
        }
    }

    fn is_free(&self, place: usize) -> bool {
        matches!(self.places.get(place), Some(Some(entry)) if entry.is_free())
    }

    /// One that takes another query, which is now on it: with HTTP/2 the one with the fewest.
    pub fn take_free(&mut self) -> Option<(Ticket, &Way<J>)> {
        let place = match self.protocol {
            HttpProtocol::Http1 => *self.idle.iter().rev().find(|&&place| self.is_free(place))?,
            HttpProtocol::Http2 => {
                let free = self.places.iter().enumerate().filter_map(|(place, entry)| {
                    let entry = entry.as_ref()?;
                    entry.is_free().then_some((entry.in_flight, place))
                });
                free.min()?.1
            }
        };
        self.forget_idle(place);
        let entry = self.places.get_mut(place)?.as_mut()?;
        entry.in_flight += 1;
        Some((Ticket { place, number: entry.number }, &entry.way))
    }

    /// Notes that a query on it has come to its end, answered or not.
    pub fn settle(&mut self, Ticket { place, number }: Ticket) {
        let Some(Some(entry)) = self.places.get_mut(place) else { return };
        if entry.number != number {
            return;
        }
        entry.in_flight -= 1;
        if entry.in_flight == 0 {
            self.idle.push(place);
        }
    }

    /// Lets go of a connection.
    pub fn remove(&mut self, Ticket { place, number }: Ticket) {
        if matches!(self.places.get(place), Some(Some(entry)) if entry.number == number) {
            self.vacate(place);
        }
    }

    /// Lets go of those that the other side has closed.
    pub fn sweep(&mut self) {
        for place in 0..self.places.len() {
            if matches!(self.places.get(place), Some(Some(entry)) if entry.way.is_closed()) {
                self.vacate(place);
            }
        }
    }

    fn vacate(&mut self, place: usize) {
        self.forget_idle(place);
        if let Some(entry) = self.places.get_mut(place) {
            *entry = None;
        }
    }

    fn forget_idle(&mut self, place: usize) {
        // It is usually the last.
        if let Some(position) = self.idle.iter().rposition(|&idle| idle == place) {
            self.idle.remove(position);
        }
    }
}

impl<J> Entry<J> {
    fn is_free(&self) -> bool {
        match &self.way {
            Way::Desk(desk) => self.in_flight == 0 && desk.is_attended(),
            Way::Directly(session) => session.is_ready(),
        }
    }
}

impl<J> Way<J> {
    fn is_closed(&self) -> bool {
        match self {
            Self::Desk(desk) => !desk.is_attended(),
            Self::Directly(session) => session.is_closed(),
        }
    }
}
