//! A small GitHub: the part of its API that `perfgate comment` uses, over real HTTP on loopback, with a memory.
//!
//! It is used inside the tests, and as a program (`program.rs`, the example `fake_github`) where something else starts perfgate.
//! What it shall do wrong is said by faults, each for so many requests that fit it. Beside the API it has, for everybody:
//!
//! | request | does |
//! |---|---|
//! | `GET /_state` | everything there is: comments, pull requests, and the requests so far |
//! | `POST /_faults` | adds a list of faults (`Fault`) |
//! | `POST /_comments` | adds a list of comments: `issue`, `login`, `body` |
//! | `POST /_pulls` | adds a list of pull requests: `number`, `repository`, `branch`, `sha`, `base`, `base_sha` |
//! | `POST /_settings` | `login` (whose every token is), `read_only`, `graphql` (whether that API answers) |

mod api;
mod http;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use http::{Act, Reply, Request};

/// Whose the token of a workflow is.
pub const ACTIONS: &str = "github-actions[bot]";

/// Requests that are to meet wait no longer for each other.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Longest comment, as at GitHub.
const MOST_CHARACTERS: usize = 65_536;

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Given by the server.
    #[serde(default)]
    pub id: u64,
    /// The pull request.
    pub issue: u64,
    /// Who wrote it.
    pub login: String,
    /// The text.
    pub body: String,
    /// How often it was updated.
    #[serde(default)]
    pub updates: u32,
}

/// A pull request that is open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Where the change comes from, as `owner/name`; absent: it was deleted.
    pub repository: Option<String>,
    /// The change's branch.
    pub branch: String,
    /// The change's newest commit.
    pub sha: String,
    /// The branch that it is for.
    pub base: String,
    /// The newest commit of that.
    pub base_sha: String,
}

/// Something that goes wrong with the requests that fit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// Only requests with this method.
    pub method: Option<String>,
    /// Only requests with this in their path or query.
    pub path: Option<String>,
    /// Only comments of more bytes.
    pub larger_than: Option<usize>,
    /// So many requests that fit go well first.
    pub skip: u32,
    /// Then so many go wrong; 0: all.
    pub times: u32,
    /// They get this status.
    pub status: Option<u16>,
    /// With these headers.
    pub headers: BTreeMap<String, String>,
    /// And this body.
    pub body: Value,
    /// Though what they ask for is done.
    pub done: bool,
    /// The connection is closed without an answer.
    pub drop: bool,
    /// The connection stays open without an answer, until the client closes it.
    pub hang: bool,
    /// They are held until so many of them are there, then go on.
    pub meet: Option<u32>,
    /// Somebody writes these comments right before, then they go on.
    pub insert: Vec<Comment>,
}

/// A request as it was seen, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// GET, POST, …
    pub method: String,
    /// With its query.
    pub path: String,
    /// 0 if there was no answer.
    pub status: u16,
}

/// Everything there is.
#[derive(Debug, Serialize)]
pub struct State {
    /// Whose every token is.
    pub login: String,
    /// Whether tokens can only read.
    pub read_only: bool,
    /// Whether the GraphQL API answers.
    pub graphql: bool,
    /// All comments.
    pub comments: Vec<Comment>,
    /// All open pull requests.
    pub pulls: Vec<Pull>,
    /// All requests so far, those of `/_…` apart.
    pub requests: Vec<Seen>,
    faults: Vec<Planned>,
    last_id: u64,
}

/// A fault and how far it has got.
#[derive(Debug, Serialize)]
struct Planned {
    fault: Fault,
    fitting: u32,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    /// The state. One request that panicked does not spoil it for the others.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The server. It stays until the process ends.
pub struct FakeGitHub {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl FakeGitHub {
    /// Starts it on a free port of loopback.
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = State {
            login: ACTIONS.to_owned(),
            read_only: false,
            graphql: true,
            comments: Vec::new(),
            pulls: Vec::new(),
            requests: Vec::new(),
            faults: Vec::new(),
            last_id: 1000,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&served);
                thread::spawn(move || http::serve(stream, |request| answer(&shared, request)));
            }
        });
        Self { address, shared }
    }

    /// What GITHUB_API_URL is to be.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The state, to be read or changed.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }

    /// From now on this goes wrong too.
    pub fn fault(&self, fault: Fault) {
        self.state().faults.push(Planned { fault, fitting: 0 });
    }

    /// The comments of a pull request, the oldest first.
    pub fn comments(&self, issue: u64) -> Vec<Comment> {
        self.state().comments.iter().filter(|comment| comment.issue == issue).cloned().collect()
    }

    /// Somebody comments.
    pub fn comment(&self, issue: u64, login: &str, body: &str) -> u64 {
        self.state().add(issue, login, body).id
    }

    /// How many requests with this method and this in their path there were.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let is_one = |seen: &&Seen| seen.method == method && seen.path.contains(path);
        self.state().requests.iter().filter(is_one).count()
    }
}

impl State {
    fn add(&mut self, issue: u64, login: &str, body: &str) -> Comment {
        self.last_id += 1;
        let (login, body) = (login.to_owned(), body.to_owned());
        let comment = Comment { id: self.last_id, issue, login, body, updates: 0 };
        self.comments.push(comment.clone());
        comment
    }

    /// The first fault that is for this request, with its position.
    fn fault_for(&mut self, request: &Request) -> Option<(usize, Fault)> {
        let length = request.json()["body"].as_str().map_or(0, str::len);
        for (position, planned) in self.faults.iter_mut().enumerate() {
            let fault = &planned.fault;
            let fits = fault.method.as_ref().is_none_or(|method| *method == request.method)
                && fault.path.as_ref().is_none_or(|path| request.path.contains(path.as_str()))
                && fault.larger_than.is_none_or(|most| length > most);
            if !fits {
                continue;
            }
            planned.fitting += 1;
            let past = planned.fitting.saturating_sub(fault.skip);
            if past > 0 && (fault.times == 0 || past <= fault.times) {
                return Some((position, fault.clone()));
            }
        }
        None
    }
}

/// The answer to a request, faults included.
fn answer(shared: &Shared, request: &Request) -> Act {
    if request.path.starts_with("/_") {
        return Act::Send(control(shared, request));
    }
    let fault = shared.lock().fault_for(request);
    let act = match fault {
        None => Act::Send(api::answer(&mut shared.lock(), request)),
        Some((_, Fault { drop: true, done, .. })) => {
            if done {
                api::answer(&mut shared.lock(), request);
            }
            Act::Close
        }
        Some((_, Fault { hang: true, .. })) => Act::Hang,
        Some((_, Fault { status: Some(status), headers, body, done, .. })) => {
            if done {
                api::answer(&mut shared.lock(), request);
            }
            let headers = headers.into_iter().collect();
            Act::Send(Reply { status, headers, body: if body.is_null() { json!({}) } else { body } })
        }
        Some((position, Fault { meet, insert, .. })) => {
            if let Some(number) = meet {
                wait_for_others(shared, position, number);
            }
            let mut state = shared.lock();
            for comment in insert {
                state.add(comment.issue, &comment.login, &comment.body);
            }
            Act::Send(api::answer(&mut state, request))
        }
    };
    let status = match &act {
        Act::Send(reply) => reply.status,
        Act::Close | Act::Hang => 0,
    };
    let (method, path) = (request.method.clone(), request.path.clone());
    shared.lock().requests.push(Seen { method, path, status });
    act
}

/// Holds a request until so many have come under the same fault.
fn wait_for_others(shared: &Shared, position: usize, number: u32) {
    shared.changed.notify_all();
    let too_few = |state: &mut State| {
        state.faults.get(position).is_some_and(|planned| planned.fitting.saturating_sub(planned.fault.skip) < number)
    };
    drop(shared.changed.wait_timeout_while(shared.lock(), LONGEST_WAIT, too_few));
}

/// What is asked of the server itself.
fn control(shared: &Shared, request: &Request) -> Reply {
    fn each<T: for<'a> Deserialize<'a>>(request: &Request, mut put: impl FnMut(T)) -> Reply {
        match serde_json::from_value::<Vec<T>>(request.json()) {
            Ok(all) => {
                all.into_iter().for_each(&mut put);
                Reply::json(200, json!({}))
            }
            Err(error) => Reply::json(400, json!({ "message": error.to_string() })),
        }
    }
    let mut state = shared.lock();
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/_state") => Reply::json(200, serde_json::to_value(&*state).unwrap_or_default()),
        ("POST", "/_faults") => each(request, |fault| state.faults.push(Planned { fault, fitting: 0 })),
        ("POST", "/_comments") => each(request, |one: Comment| drop(state.add(one.issue, &one.login, &one.body))),
        ("POST", "/_pulls") => each(request, |pull| state.pulls.push(pull)),
        ("POST", "/_settings") => {
            let settings = request.json();
            if let Some(login) = settings["login"].as_str() {
                state.login = login.to_owned();
            }
            state.read_only = settings["read_only"].as_bool().unwrap_or(state.read_only);
            state.graphql = settings["graphql"].as_bool().unwrap_or(state.graphql);
            Reply::json(200, json!({}))
        }
        _ => Reply::json(404, json!({ "message": "Not Found" })),
    }
}
