//! The files of a revision: what perfgate is told, and how much each workload's process has to do.

use std::fs;
use std::io;
use std::path::Path;

use super::amounts::Amounts;
use super::workload::{Extra, Workload};

/// `perfgate.toml` for these workloads, the same in both revisions. `program` is this one.
pub fn configuration(workloads: &[Workload], program: &Path) -> String {
    // There is nothing to build, but a project that says so tells perfgate that the base is runnable.
    let mut text = "[build]\ncommand = [\"true\"]\n".to_owned();
    for workload in workloads {
        text.push('\n');
        text.push_str(&workload.benchmark(program));
    }
    text
}

/// Writes the files of a revision: what each workload's process reads to know how much to do.
pub fn lay_out(
    folder: &Path,
    workloads: &[Workload],
    program: &Path,
    extra: Extra,
    amounts: &Amounts,
) -> Result<(), Box<dyn std::error::Error>> {
    fs::write(folder.join("perfgate.toml"), configuration(workloads, program))?;
    for &workload in workloads {
        if workload == Workload::Model {
            fs::write(folder.join("model.onnx"), model(extra)?)?;
            fs::write(folder.join("digits.csv"), DIGITS)?;
        } else {
            fs::write(folder.join(workload.name()), amounts.units(workload, extra)?.to_string())?;
        }
    }
    Ok(())
}

/// How much this process, which was started in a revision's folder, has to do for a query.
pub fn units_here(workload: Workload) -> io::Result<u64> {
    let text = fs::read_to_string(workload.name())?;
    text.trim().parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the amount of work is no number"))
}

const DIGITS: &[u8] = include_bytes!("../../fixtures/digits/test.csv");

fn model(extra: Extra) -> Result<&'static [u8], String> {
    match extra {
        Extra(0) => Ok(include_bytes!("models/plus-0.onnx")),
        Extra(5) => Ok(include_bytes!("models/plus-5.onnx")),
        Extra(10) => Ok(include_bytes!("models/plus-10.onnx")),
        Extra(20) => Ok(include_bytes!("models/plus-20.onnx")),
        Extra(other) => Err(format!("there is no model with {other} % more work, only with 0, 5, 10 and 20 %")),
    }
}
