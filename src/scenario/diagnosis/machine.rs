//! What the machine did besides: other processes, other machines, heat, quotas.

use super::{Finding, percent};
use crate::config::System;
use crate::result::{MachineUse, QuotaUse};

/// Share of the processors' time that other processes may use.
const OTHERS: f64 = 0.10;

/// Share of it that a hypervisor may take.
const STOLEN: f64 = 0.02;

/// Share of its periods in which a container may have to stop.
const STOPPED: f64 = 0.02;

/// A frequency limit this share lower than the highest seen is another one.
const LOWERED: f64 = 0.03;

/// The accounts are kept in whole ticks; less time than this many tells nothing.
const LEAST_TICKS: u64 = 100;

pub(super) fn examine(system: &System, machine: &MachineUse) -> Vec<Finding> {
    let shares = (machine.capacity >= LEAST_TICKS).then(|| {
        // What perfgate did not start is other, and wanted.
        let elsewhere = matches!(system, System::Http(service) if service.start.is_none());
        [(!elsewhere).then(|| others(machine)), Some(stolen(machine))]
    });
    let heat =
        [machine.throttles.map(slowed_down), machine.frequency_caps.and_then(lowered), machine.quota.and_then(quota)];
    shares.into_iter().flatten().chain(heat).flatten().collect()
}

/// Whether so many ticks are more than this share, and not by rounding: each round and processor adds a tick that might belong to
/// its neighbour, up or down, so that the doubt grows with their root.
fn exceeds(ticks: u64, limit: f64, machine: &MachineUse) -> bool {
    let doubt = 2.0 * (f64::from(machine.rounds) * f64::from(machine.processors)).sqrt();
    ticks as f64 - doubt > limit * machine.capacity as f64
}

fn others(machine: &MachineUse) -> Finding {
    let share = machine.others() as f64 / machine.capacity as f64;
    let fault = exceeds(machine.others(), OTHERS, machine).then(|| {
        let message = format!(
            "other processes used {} of the processor time during the rounds; stop them, or measure where nothing else runs (a \
             container that the system starts counts as another process)",
            percent(share)
        );
        ("busy-machine", message)
    });
    Finding::new("machine_busy_share", share, OTHERS, fault)
}

fn stolen(machine: &MachineUse) -> Finding {
    let share = machine.stolen as f64 / machine.capacity as f64;
    let fault = exceeds(machine.stolen, STOLEN, machine).then(|| {
        let message = format!(
            "the hypervisor took {} of the processor time for other virtual machines; measure side by side (`check --against`), \
             or on a machine that is not shared",
            percent(share)
        );
        ("steal", message)
    });
    Finding::new("steal_share", share, STOLEN, fault)
}

fn slowed_down(times: u64) -> Finding {
    let fault = (times > 0).then(|| {
        let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
        let message = format!(
            "the processor slowed down because of its heat, {times} during the rounds; let it cool down, or fix its frequency \
             below what it can hold"
        );
        ("throttled", message)
    });
    Finding::new("throttle_events", times as f64, 0.0, fault)
}

fn lowered([low, high]: [u64; 2]) -> Option<Finding> {
    let share = (high > 0).then(|| 1.0 - low as f64 / high as f64)?;
    let fault = (share > LOWERED).then(|| {
        let message = format!(
            "the limit on the processors' frequency changed by {} during the rounds, as heat and power profiles do; plug the \
             machine in, let it cool down, or fix the frequency",
            percent(share)
        );
        ("frequency-lowered", message)
    });
    Some(Finding::new("frequency_limit_drop", share, LOWERED, fault))
}

fn quota(QuotaUse { periods, stopped }: QuotaUse) -> Option<Finding> {
    let share = (periods > 0).then(|| stopped as f64 / periods as f64)?;
    // One stop in a short measurement is a large share, and little.
    let fault = (share > STOPPED && stopped > 1).then(|| {
        let message = format!(
            "the container had used up its share of processor time in {} of the scheduler's periods, and had to wait; give it \
             more processors, or no limit",
            percent(share)
        );
        ("quota", message)
    });
    Some(Finding::new("quota_stopped_share", share, STOPPED, fault))
}
