use super::*;

fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(data);
    file
}

fn header(descr: &str, fortran: &str, shape: &str) -> String {
    format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}   \n")
}

fn numbers(descr: &str, data: &[u8]) -> Vec<f64> {
    let rows = data.len() / Header::read(&file(&header(descr, "False", "(1,)"), &[])).unwrap().element.size();
    let file = file(&header(descr, "False", &format!("({rows},)")), data);
    let header = Header::read(&file).unwrap();
    let array = Array::new(&header, &file).unwrap();
    (0..rows).flat_map(|row| array.numbers(row).collect::<Vec<_>>()).collect()
}

fn spelling(descr: &str, data: &[u8]) -> Result<String, String> {
    let file = file(&header(descr, "False", "(1,)"), data);
    let header = Header::read(&file).unwrap();
    Array::new(&header, &file).unwrap().spellings(0).next().unwrap()
}

fn problem(header: &str) -> String {
    Header::read(&file(header, &[])).unwrap_err()
}

#[test]
fn every_type_of_number_is_read_in_either_order_of_bytes() {
    assert_eq!(numbers("<f4", &1.5_f32.to_le_bytes()), [1.5]);
    assert_eq!(numbers(">f4", &1.5_f32.to_be_bytes()), [1.5]);
    assert_eq!(numbers("<f8", &(-0.1_f64).to_le_bytes()), [-0.1]);
    assert_eq!(numbers(">f8", &0.1_f64.to_be_bytes()), [0.1]);
    assert_eq!(numbers("|i1", &[0x80, 0x7f]), [-128.0, 127.0]);
    assert_eq!(numbers("|u1", &[0x80, 0xff]), [128.0, 255.0]);
    assert_eq!(numbers("<i2", &(-2_i16).to_le_bytes()), [-2.0]);
    assert_eq!(numbers(">u2", &[0x01, 0x00]), [256.0]);
    assert_eq!(numbers(">i4", &(-3_i32).to_be_bytes()), [-3.0]);
    assert_eq!(numbers("<u4", &u32::MAX.to_le_bytes()), [f64::from(u32::MAX)]);
    assert_eq!(numbers("<i8", &(-4_i64).to_le_bytes()), [-4.0]);
    assert_eq!(numbers("<u8", &7_u64.to_le_bytes()), [7.0]);
    assert_eq!(numbers("|b1", &[0, 1]), [0.0, 1.0]);
}

#[test]
fn labels_are_spelled_as_people_write_them() {
    assert_eq!(spelling("<i8", &(-4_i64).to_le_bytes()).unwrap(), "-4");
    assert_eq!(spelling("<u8", &u64::MAX.to_le_bytes()).unwrap(), "18446744073709551615");
    assert_eq!(spelling("<f4", &0.3_f32.to_le_bytes()).unwrap(), "0.3");
    assert_eq!(spelling("<f8", &3.0_f64.to_le_bytes()).unwrap(), "3");
    assert_eq!(spelling("|b1", &[1]).unwrap(), "true");
    assert_eq!(spelling("<U2", b"\xe9\0\0\0\0\0\0\0").unwrap(), "é");
    assert_eq!(spelling(">U2", b"\0\0\0h\0\x01\xf6\x00").unwrap(), "h😀");
    assert_eq!(spelling("|S4", b"cat\0").unwrap(), "cat");
    assert_eq!(spelling("<f8", &f64::NAN.to_le_bytes()).unwrap_err(), "NaN");
    assert_eq!(spelling("|S1", b"\xff").unwrap_err(), "not UTF-8 text");
    assert_eq!(spelling("<U1", &[0xff; 4]).unwrap_err(), "no text");
}

#[test]
fn both_layouts_give_the_same_rows() {
    let rows = |fortran: &str, data: &[u8]| {
        let file = file(&header("|u1", fortran, "(2, 2, 3)"), data);
        let header = Header::read(&file).unwrap();
        let array = Array::new(&header, &file).unwrap();
        [0, 1].map(|row| array.numbers(row).collect::<Vec<_>>())
    };
    let expected = [[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0, 11.0]].map(|row| row.to_vec());
    assert_eq!(rows("False", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), expected);
    assert_eq!(rows("True", &[0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11]), expected);
}

#[test]
fn headers_of_every_version_and_order_are_read() {
    let text = "{\"shape\": (3L,), 'descr': '=i4', 'fortran_order': False}";
    let old = Header::read(&file(text, &[])).unwrap();
    assert_eq!((old.shape.as_slice(), old.element), ([3].as_slice(), Element::Signed(4)));
    let mut long = b"\x93NUMPY\x02\x00".to_vec();
    long.extend((text.len() as u32).to_le_bytes());
    long.extend(text.as_bytes());
    assert_eq!(Header::read(&long).unwrap().shape, [3]);
    assert!(Header::read(&file(&header("<f4", "True", "()"), &[])).unwrap().shape.is_empty());
    assert!(Header::read(b"\x93NUMPY\x04\x00\0\0").unwrap_err().starts_with("version 4"));
}

#[test]
fn what_is_no_number_and_no_text_is_refused() {
    let objects = problem(&header("|O", "False", "(2,)"));
    assert!(objects.contains("Python objects (pickled)") && objects.contains(".astype(\"float32\")"), "{objects}");
    for other in ["<c8", "<M8[ns]", "|V4", "<f2", "<f16", "<i3", "<U0", "", "f4", "<f", "<f4x", "é4"] {
        let problem = problem(&header(other, "False", "(2,)"));
        assert!(problem.starts_with(&format!("its elements are `{other}`; expected float32")), "{other}: {problem}");
    }
    let records = problem("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }");
    assert!(records.starts_with("its elements are records"), "{records}");
}

#[test]
fn headers_that_are_none_are_refused() {
    for broken in [
        "",
        "{}",
        "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': 1, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (-2,)}",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (2,), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (2,)",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (99999999999999999999999,)}",
    ] {
        assert!(problem(broken).starts_with("its header is not one of NumPy: `"), "{broken}: {}", problem(broken));
    }
    let whole = file(&header("<f4", "False", "(1,)"), &[]);
    for length in 0..whole.len() {
        assert!(Header::read(&whole[..length]).is_err(), "{length}");
    }
}

#[test]
fn a_file_is_as_long_as_its_header_says() {
    let short = file(&header("<f4", "False", "(2, 3)"), &[0; 20]);
    let header_of = |file: &[u8]| Header::read(file).unwrap();
    let problem = Array::new(&header_of(&short), &short).err().unwrap();
    assert!(problem.contains("for the shape (2, 3) of `<f4`"), "{problem}");
    let huge = file(&header("<f4", "False", "(4294967296, 4294967296, 4294967296)"), &[]);
    assert!(Array::new(&header_of(&huge), &huge).err().unwrap().contains("expected more than can be"));
    let nothing = file(&header("<f4", "True", "(0, 1000000000000)"), &[]);
    assert!(Array::new(&header_of(&nothing), &nothing).is_ok(), "no memory for columns without elements");
}
