//! `wrk`, the HTTP load generator that the driver's throughput is held against.

use std::process::{Command, Stdio};

use super::{Failure, succeed};

/// Checks that it is there, before anything else takes time.
pub fn find() -> Result<(), Failure> {
    // Asked for its version it says so and fails, as it does for every question but a test.
    let asked = Command::new("wrk").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.map(drop).map_err(|error| {
        format!(
            "cannot start `wrk`, which the comparison `http` needs: {error}\n  install it (`apt-get install wrk` on Debian \
             and Ubuntu, `brew install wrk` on macOS), or make another comparison alone: `-- single-stream`, `-- server`"
        )
        .into()
    })
}

/// Requests a second, with one thread and so many connections.
pub fn throughput(url: &str, connections: u32, seconds: u32) -> Result<f64, Failure> {
    let mut wrk = Command::new("wrk");
    wrk.args(["--threads", "1", "--connections", &connections.to_string(), "--duration", &format!("{seconds}s")]);
    let said = succeed(wrk.arg(url))?;
    if let Some(problem) = said.lines().find(|line| line.contains("Socket errors") || line.contains("Non-2xx")) {
        return Err(format!("wrk met with errors, so its throughput is none: {}", problem.trim()).into());
    }
    let rate = said.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:")?.trim().parse().ok());
    rate.ok_or_else(|| format!("wrk said nothing about requests per second:\n{said}").into())
}
