//! Facts about the machine, as far as the system tells them. What is not known is absent, never guessed.
//!
//! Here: reading the facts, and the fingerprint that says which machines are comparable; in `load`, what else a machine does
//! while it measures. Not here: what of it is too much (`scenario::diagnosis`).

pub mod load;

use std::env;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::result::{Environment, Fingerprint};

/// The machine that this process runs on.
pub fn environment() -> Environment {
    let memory = memory();
    let facts = Facts { cpu: cpu_model(), cores: cores(), memory, os: os(), arch: env::consts::ARCH.to_owned() };
    Environment {
        fingerprint: facts.fingerprint(),
        cpu: facts.cpu,
        cores: facts.cores,
        memory,
        os: facts.os,
        kernel: rustix::system::uname().release().to_str().ok().map(str::to_owned),
        arch: facts.arch,
        governor: line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        container: container(),
        ci: ci(),
    }
}

/// What makes two machines comparable. The kernel's release is left out: it changes with every update of a runner's
/// image, and would turn every such update into a gate without a baseline.
struct Facts {
    cpu: Option<String>,
    cores: Option<u64>,
    memory: Option<u64>,
    os: String,
    arch: String,
}

impl Facts {
    fn fingerprint(&self) -> Fingerprint {
        const GIB: f64 = (1_u64 << 30) as f64;
        // Whole gibibytes: the kernel keeps a few megabytes more or less for itself from boot to boot.
        let memory = self.memory.map_or(0, |bytes| (bytes as f64 / GIB).round() as u64);
        let cores = self.cores.unwrap_or(0);
        let described = format!("{}\n{cores}\n{memory}\n{}\n{}", self.cpu.as_deref().unwrap_or(""), self.os, self.arch);
        let digest = Sha256::digest(described.as_bytes());
        let digits: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let readable = format!("{}-{}-{cores}c-{memory}g-{digits}", env::consts::OS, self.arch).to_lowercase();
        Fingerprint::from_words(&readable)
    }
}

fn line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The value of the first line `key: value` (or `key=value`) of a file.
fn field(path: &str, key: &str, separator: char) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(separator)?;
        let value = value.trim().trim_matches('"');
        (name.trim() == key && !value.is_empty()).then(|| value.to_owned())
    })
}

fn cpu_model() -> Option<String> {
    ["model name", "Model", "Hardware"].iter().find_map(|key| field("/proc/cpuinfo", key, ':')).or_else(cpu_part)
}

/// Arm kernels name the processor by numbers.
fn cpu_part() -> Option<String> {
    let implementer = field("/proc/cpuinfo", "CPU implementer", ':')?;
    let part = field("/proc/cpuinfo", "CPU part", ':')?;
    Some(format!("arm {implementer} {part}"))
}

fn cores() -> Option<u64> {
    std::thread::available_parallelism().ok().map(|count| count.get() as u64)
}

#[cfg(target_os = "linux")]
fn memory() -> Option<u64> {
    let text = field("/proc/meminfo", "MemTotal", ':')?;
    let kibibytes: u64 = text.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(not(target_os = "linux"))]
fn memory() -> Option<u64> {
    None
}

fn os() -> String {
    field("/etc/os-release", "PRETTY_NAME", '=').unwrap_or_else(|| env::consts::OS.to_owned())
}

fn container() -> Option<String> {
    if Path::new("/.dockerenv").exists() {
        return Some("docker".to_owned());
    }
    if Path::new("/run/.containerenv").exists() {
        return Some("podman".to_owned());
    }
    env::var_os("KUBERNETES_SERVICE_HOST").map(|_| "kubernetes".to_owned())
}

fn ci() -> Option<String> {
    const SYSTEMS: [(&str, &str); 6] = [
        ("GITHUB_ACTIONS", "github-actions"),
        ("GITLAB_CI", "gitlab-ci"),
        ("BUILDKITE", "buildkite"),
        ("CIRCLECI", "circleci"),
        ("JENKINS_URL", "jenkins"),
        ("CI", "unnamed"),
    ];
    SYSTEMS.iter().find(|(variable, _)| env::var_os(variable).is_some()).map(|(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            cpu: Some("Some CPU @ 2.60GHz".to_owned()),
            cores: Some(4),
            memory: Some(16 << 30),
            os: "Some OS 12".to_owned(),
            arch: "x86_64".to_owned(),
        }
    }

    #[test]
    fn every_fact_of_the_machine_changes_the_fingerprint() {
        let same = facts().fingerprint();
        assert_eq!(facts().fingerprint(), same);
        let others = [
            Facts { cpu: None, ..facts() },
            Facts { cores: Some(2), ..facts() },
            Facts { memory: Some(8 << 30), ..facts() },
            Facts { os: "Some OS 13".to_owned(), ..facts() },
            Facts { arch: "aarch64".to_owned(), ..facts() },
        ];
        assert!(others.iter().all(|other| other.fingerprint() != same));
    }

    #[test]
    fn a_few_megabytes_more_or_less_are_the_same_machine() {
        let other = Facts { memory: Some((16 << 30) - (5 << 20)), ..facts() };
        assert_eq!(other.fingerprint(), facts().fingerprint());
    }

    #[test]
    fn this_machine_has_a_fingerprint_that_is_safe_as_a_files_name() {
        let here = environment();
        assert!(here.fingerprint.as_str().contains("c-"), "{}", here.fingerprint);
        assert_eq!(here, environment());
    }
}
