//! GitHub, and GitHub Enterprise, over its API.
//!
//! Here: which requests are made (`api`), what their answers mean (`answer`), HTTP (`client`). Not here: which comment is to be
//! written (`post`).

#[cfg(not(feature = "github"))]
mod absent;
#[cfg(feature = "github")]
mod answer;
#[cfg(feature = "github")]
mod api;
#[cfg(feature = "github")]
mod client;
#[cfg(feature = "github")]
mod json;
mod settings;

#[cfg(not(feature = "github"))]
pub use absent::GitHub;
#[cfg(feature = "github")]
pub use api::GitHub;
pub use settings::Settings;
