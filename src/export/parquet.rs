//! Parquet: the rows of the CSV file as columns with types. Values that repeat, as nearly all but the measured ones do, are
//! kept once (dictionary encoding); nothing is compressed beyond that.

use std::io::Write;
use std::sync::Arc;

use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::parser::parse_message_type;

use super::{ExportError, Row};
use crate::result::Timestamp;

/// The columns, in the order in which `write_group` writes them.
const SCHEMA: &str = "
    message rounds {
        optional binary commit (STRING);
        required boolean dirty;
        optional int64 recorded_at (TIMESTAMP(MILLIS, true));
        optional binary machine (STRING);
        required binary benchmark (STRING);
        optional binary scenario (STRING);
        required binary metric (STRING);
        required binary unit (STRING);
        required binary direction (STRING);
        required int32 session;
        required int32 round;
        required double value;
    }";

/// Rows of a row group: what a reader handles at a time, and hands out to its threads.
const GROUP: usize = 1 << 20;

/// The rows as a Parquet file.
pub fn write(rows: &[Row<'_>]) -> Result<Vec<u8>, ExportError> {
    write_in_groups(rows, GROUP).map_err(|error| ExportError::Writer { format: "Parquet", problem: error.to_string() })
}

fn write_in_groups(rows: &[Row<'_>], size: usize) -> Result<Vec<u8>, ParquetError> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let properties = WriterProperties::builder().set_created_by(concat!("perfgate ", env!("CARGO_PKG_VERSION")).into());
    let mut bytes = Vec::new();
    let mut file = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties.build()))?;
    for some in rows.chunks(size) {
        let mut group = file.next_row_group()?;
        write_group(&mut group, some)?;
        group.close()?;
    }
    file.close()?;
    Ok(bytes)
}

fn write_group<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    rows: &[Row<'_>],
) -> Result<(), ParquetError> {
    let rows = || rows.iter();
    optional::<ByteArrayType, _>(group, rows().map(|row| row.commit.map(ByteArray::from)))?;
    required::<BoolType, _>(group, rows().map(|row| row.dirty))?;
    optional::<Int64Type, _>(group, rows().map(|row| row.recorded_at.map(Timestamp::unix_millis)))?;
    optional::<ByteArrayType, _>(group, rows().map(|row| row.machine.map(ByteArray::from)))?;
    required::<ByteArrayType, _>(group, rows().map(|row| row.benchmark.into()))?;
    optional::<ByteArrayType, _>(group, rows().map(|row| row.scenario.map(ByteArray::from)))?;
    required::<ByteArrayType, _>(group, rows().map(|row| row.metric.into()))?;
    required::<ByteArrayType, _>(group, rows().map(|row| row.unit.into()))?;
    required::<ByteArrayType, _>(group, rows().map(|row| row.direction_word().into()))?;
    required::<Int32Type, _>(group, rows().map(|row| number(row.session)))?;
    required::<Int32Type, _>(group, rows().map(|row| number(row.round)))?;
    required::<DoubleType, _>(group, rows().map(|row| row.value))
}

/// A column whose values may be absent.
fn optional<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let mut levels = Vec::new();
    let mut present = Vec::new();
    for value in values {
        levels.push(i16::from(value.is_some()));
        present.extend(value);
    }
    column::<T, W>(group, &present, Some(&levels))
}

/// A column that has a value in every row.
fn required<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: impl Iterator<Item = T::T>,
) -> Result<(), ParquetError> {
    column::<T, W>(group, &values.collect::<Vec<T::T>>(), None)
}

fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let next = group.next_column()?;
    let mut column = next.ok_or_else(|| ParquetError::General("more columns than the schema has".to_owned()))?;
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::RowAccessor;

    use super::*;
    use crate::export::rows;
    use crate::result::{BenchmarkResult, Direction, Metric, RoundValues, RunResult, Unit};

    fn result() -> RunResult {
        let metric = Metric {
            name: "latency_p50".to_owned(),
            unit: Unit::nanoseconds(),
            direction: Direction::LowerIsBetter,
            rounds: RoundValues::of_sessions(vec![0.1 + 0.2, 5e-324, f64::MAX], &[2, 1]).unwrap(),
            gate: true,
        };
        let known = BenchmarkResult {
            scenario: Some("server".to_owned()),
            recorded_at: Some("2026-01-31T12:00:00.25Z".parse().unwrap()),
            ..BenchmarkResult::imported("say \"hi\", ☃\n", vec![metric.clone()])
        };
        let unknown = BenchmarkResult::imported("", vec![metric]);
        let commit = Some("a".repeat(40).parse().unwrap());
        RunResult { commit, dirty: true, ..RunResult::imported(vec![known, unknown]) }
    }

    fn read(bytes: &[u8]) -> SerializedFileReader<File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        SerializedFileReader::new(file).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let result = result();
        let table = rows([&result]);
        let reader = read(&write_in_groups(&table, 4).unwrap());
        assert_eq!(reader.num_row_groups(), 2);
        assert_eq!(
            reader.metadata().file_metadata().created_by(),
            Some(concat!("perfgate ", env!("CARGO_PKG_VERSION")))
        );
        let records: Vec<_> = reader.into_iter().map(Result::unwrap).collect();
        assert_eq!(records.len(), table.len());
        for (record, row) in records.iter().zip(&table) {
            let names: Vec<&String> = record.get_column_iter().map(|(name, _)| name).collect();
            assert_eq!(names, crate::export::csv::COLUMNS, "the same columns as in CSV");
            let text = |column| record.get_string(column).ok().map(String::as_str);
            assert_eq!((text(0), record.get_bool(1).unwrap()), (row.commit, row.dirty));
            assert_eq!(record.get_timestamp_millis(2).ok(), row.recorded_at.map(Timestamp::unix_millis));
            assert_eq!((text(3), text(4), text(5)), (row.machine, Some(row.benchmark), row.scenario));
            assert_eq!((text(6), text(7), text(8)), (Some("latency_p50"), Some("ns"), Some("lower")));
            let place = (record.get_int(9).unwrap() as usize, record.get_int(10).unwrap() as usize);
            assert_eq!(place, (row.session, row.round));
            assert_eq!(record.get_double(11).unwrap().to_bits(), row.value.to_bits());
        }
        assert_eq!(records[0].get_timestamp_millis(2).unwrap(), 1_769_860_800_250);
    }

    #[test]
    fn no_rows_are_a_table_without_rows() {
        let reader = read(&write(&[]).unwrap());
        assert_eq!((reader.num_row_groups(), reader.into_iter().count()), (0, 0));
    }
}
