//! What is known of a machine.

use super::units;
use crate::result::{Environment, Unit};

/// The facts, each in a few words, without the fingerprint. As they came: each format makes them harmless.
pub fn facts(environment: &Environment) -> Vec<String> {
    let Environment { cpu, cores, memory, os, kernel, arch, governor, container, ci, fingerprint: _ } = environment;
    let memory = memory.and_then(|bytes| units::values(&Unit::new("B"), &[bytes as f64], false).texts().next());
    let facts = [
        cpu.clone(),
        cores.map(|cores| format!("{cores} cores")),
        memory,
        Some(os.clone()),
        kernel.as_ref().map(|kernel| format!("kernel {kernel}")),
        Some(arch.clone()),
        governor.as_ref().map(|governor| format!("governor {governor}")),
        container.as_ref().map(|container| format!("in {container}")),
        ci.clone(),
    ];
    facts.into_iter().flatten().collect()
}
