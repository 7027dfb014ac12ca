//! CSV: a line that names the columns, then one row a round. Quoted as RFC 4180 says; lines end with a line feed, as the tools
//! of a terminal expect.

use ::csv::Writer;

use super::{ExportError, Row, number};

/// The columns, in their order.
pub const COLUMNS: [&str; 12] = [
    "commit",
    "dirty",
    "recorded_at",
    "machine",
    "benchmark",
    "scenario",
    "metric",
    "unit",
    "direction",
    "session",
    "round",
    "value",
];

/// The rows as CSV. A value that is not known is an empty field.
pub fn write(rows: &[Row<'_>]) -> Result<Vec<u8>, ExportError> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(|error| refused(&error))?;
    for row in rows {
        let fields = [
            row.commit.unwrap_or_default(),
            if row.dirty { "true" } else { "false" },
            &row.recorded_at.map(ToString::to_string).unwrap_or_default(),
            row.machine.unwrap_or_default(),
            row.benchmark,
            row.scenario.unwrap_or_default(),
            row.metric,
            row.unit,
            row.direction_word(),
            &row.session.to_string(),
            &row.round.to_string(),
            &number::text(row.value),
        ];
        writer.write_record(fields).map_err(|error| refused(&error))?;
    }
    writer.into_inner().map_err(|error| refused(error.error()))
}

fn refused(problem: &dyn std::fmt::Display) -> ExportError {
    ExportError::Writer { format: "CSV", problem: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::rows;
    use crate::result::{BenchmarkResult, Direction, Metric, RoundValues, RunResult, Unit};

    fn result(name: &str, unit: &str, values: &[f64]) -> RunResult {
        let metric = Metric {
            name: "size".to_owned(),
            unit: Unit::new(unit),
            direction: Direction::HigherIsBetter,
            rounds: RoundValues::new(values.to_vec()).unwrap(),
            gate: true,
        };
        RunResult::imported(vec![BenchmarkResult::imported(name, vec![metric])])
    }

    #[test]
    fn what_is_not_known_is_empty() {
        let text = String::from_utf8(write(&rows([&result("b", "B", &[1.5])])).unwrap()).unwrap();
        assert_eq!(text, format!("{}\n,false,,,b,,size,B,higher,1,1,1.5\n", COLUMNS.join(",")));
        let nothing = String::from_utf8(write(&[]).unwrap()).unwrap();
        assert_eq!(nothing, format!("{}\n", COLUMNS.join(",")), "no rows are a table without rows");
    }

    #[test]
    fn names_and_numbers_come_back_as_they_were() {
        let names = ["a,b", "say \"hi\"", "two\nlines", "\r", "=1+1", " padded ", "", "naïve ☃", "\u{0}"];
        let numbers = [0.1 + 0.2, -0.0, 5e-324, f64::MAX, 1e16, 123_456_789.0, 1.0 / 3.0];
        for name in names {
            let bytes = write(&rows([&result(name, name, &numbers)])).unwrap();
            let mut reader = ::csv::Reader::from_reader(bytes.as_slice());
            let records: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            assert_eq!(records.len(), numbers.len());
            for (record, number) in records.iter().zip(numbers) {
                assert_eq!((&record[4], &record[7]), (name, name));
                assert_eq!(record[11].parse::<f64>().unwrap().to_bits(), number.to_bits());
            }
        }
    }
}
