//! What the machine did besides.

use super::*;

fn idle() -> MachineUse {
    MachineUse {
        rounds: 10,
        processors: 2,
        capacity: 1000,
        busy: 520,
        own: 500,
        stolen: 1,
        throttles: Some(0),
        frequency_caps: Some([3_000_000, 3_000_000]),
        quota: Some(QuotaUse { periods: 500, stopped: 1 }),
    }
}

fn found(machine: &MachineUse) -> Diagnosis {
    let mut diagnosis = Diagnosis::default();
    for Finding { figure, warning } in
        super::super::machine::examine(&benchmark(Scenario::SingleStream).system, machine)
    {
        diagnosis.figures.push(figure);
        diagnosis.warnings.extend(warning);
    }
    diagnosis
}

#[test]
fn a_quiet_machine_has_figures_and_no_warning() {
    let diagnosis = found(&idle());
    assert_eq!(codes(&diagnosis), [""; 0]);
    assert_eq!(figure(&diagnosis, "machine_busy_share"), (0.02, true));
    assert_eq!(figure(&diagnosis, "steal_share"), (0.001, true));
    assert_eq!(diagnosis.figures.len(), 5);
}

#[test]
fn each_disturbance_has_its_warning() {
    let disturbed = [
        (MachineUse { busy: 800, ..idle() }, "busy-machine", "other processes used 30 %"),
        (MachineUse { stolen: 60, ..idle() }, "steal", "took 6.0 % of the processor time"),
        (MachineUse { throttles: Some(3), ..idle() }, "throttled", "because of its heat, 3 times"),
        (MachineUse { frequency_caps: Some([2_000_000, 3_000_000]), ..idle() }, "frequency-lowered", "changed by 33 %"),
        (MachineUse { quota: Some(QuotaUse { periods: 100, stopped: 20 }), ..idle() }, "quota", "in 20 %"),
    ];
    for (machine, code, words) in disturbed {
        let diagnosis = found(&machine);
        assert_eq!(codes(&diagnosis), [code]);
        assert!(diagnosis.warnings[0].message.contains(words), "{}", diagnosis.warnings[0].message);
    }
}

#[test]
fn what_rounding_can_make_is_no_warning() {
    let mut machine = MachineUse { capacity: 120, busy: 65, own: 50, ..idle() };
    assert_eq!(codes(&found(&machine)), [""; 0], "12 % of so few ticks is rounding");
    machine.capacity = 60;
    assert!(
        !found(&machine)
            .figures
            .iter()
            .any(|figure| figure.name.ends_with("_share") && figure.name != "quota_stopped_share")
    );
}

#[test]
fn what_is_not_known_is_absent() {
    let machine = MachineUse { throttles: None, frequency_caps: None, quota: None, ..idle() };
    let names: Vec<String> = found(&machine).figures.into_iter().map(|figure| figure.name).collect();
    assert_eq!(names, ["machine_busy_share", "steal_share"]);
}

#[test]
fn a_service_that_runs_already_is_not_an_intruder() {
    let machine = MachineUse { busy: 900, ..idle() };
    let found = super::super::machine::examine(&System::Http(service()), &machine);
    assert!(found.iter().all(|finding| finding.warning.is_none() && finding.figure.name != "machine_busy_share"));
    let started = Http { start: Some(CommandLine { program: "s".to_owned(), arguments: Vec::new() }), ..service() };
    let found = super::super::machine::examine(&System::Http(started), &machine);
    assert!(found.iter().any(|finding| finding.warning.is_some()));
}

fn service() -> Http {
    let text = "[[benchmark]]\nname = \"s\"\nhttp = \"http://127.0.0.1:1/\"\n";
    match crate::config::parse(text).unwrap().benchmarks.remove(0).system {
        System::Http(service) => service,
        other => panic!("{other:?}"),
    }
}
