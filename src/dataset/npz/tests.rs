use std::io::Write;

use rawzip::ZipArchiveWriter;
use serde_json::json;

use super::*;

/// An array as NumPy writes it.
fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(data);
    file
}

fn floats(shape: &str, values: &[f32]) -> Vec<u8> {
    npy("<f4", shape, &values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>())
}

fn packed(arrays: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut output = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut output);
    for (name, array) in arrays {
        let (mut entry, config) = archive.new_file(format!("{name}.npy")).compression_method(method).start().unwrap();
        let deflated = match method {
            CompressionMethod::DEFLATE => miniz_oxide::deflate::compress_to_vec(array, 6),
            _ => array.clone(),
        };
        let mut writer = config.wrap(std::io::sink());
        writer.write_all(array).unwrap();
        let (_, descriptor) = writer.finish().unwrap();
        entry.write_all(&deflated).unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    output
}

fn archive(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    packed(arrays, CompressionMethod::STORE)
}

fn problem(arrays: &[(&str, Vec<u8>)]) -> String {
    read(&archive(arrays)).unwrap_err().to_string()
}

fn pair() -> Vec<u8> {
    floats("(2, 2)", &[1.0, 2.0, 3.0, 4.0])
}

#[test]
fn rows_are_entries_of_the_first_dimension() {
    let labels = npy("|S3", "(2, 1)", b"catdog");
    for method in [CompressionMethod::STORE, CompressionMethod::DEFLATE] {
        let data = read(&packed(&[("y", labels.clone()), ("x", pair())], method)).unwrap();
        assert_eq!((data.len(), data.features(1)), (2, [3.0, 4.0].as_slice()));
        assert_eq!(data.columns(), ["x0", "x1"]);
        assert!(data.label(1).unwrap().is_answered_by(&json!("dog")));
    }
    let deep = read(&archive(&[("X", floats("(1, 2, 2)", &[1.0, 2.0, 3.0, 4.0]))])).unwrap();
    assert_eq!((deep.len(), deep.width(), deep.is_labelled()), (1, 4, false));
    let flat = read(&archive(&[("speed", floats("(3,)", &[1.0, 2.0, 3.0]))])).unwrap();
    assert_eq!((flat.len(), flat.columns()), (3, ["speed".to_owned()].as_slice()));
}

#[test]
fn the_samples_are_x_or_the_only_array_of_numbers() {
    let texts = npy("|S1", "(2,)", b"ab");
    let lone = read(&archive(&[("notes", texts.clone()), ("pixels", pair()), ("labels", texts.clone())])).unwrap();
    assert_eq!((lone.columns()[0].as_str(), lone.is_labelled()), ("pixels0", true));
    assert!(read(&archive(&[("x", pair()), ("others", pair())])).is_ok(), "`x` is the one");
    assert_eq!(
        problem(&[("x_train", pair()), ("x_test", pair())]),
        "it has several arrays of numbers, `x_train`, `x_test`; name the samples `x`"
    );
    assert_eq!(problem(&[("x", pair()), ("X", pair())]), "it has two arrays of samples, `x` and `X`; keep one");
    let two = problem(&[("x", pair()), ("y", texts.clone()), ("label", texts.clone())]);
    assert_eq!(two, "it has two arrays of labels, `y` and `label`; keep one");
    let none = problem(&[("notes", texts), ("things", npy("|O", "(2,)", b"pickle"))]);
    let expected = "it has no array of samples: expected an array `x` of numbers; there is `notes` (`|S1`), `things` (its \
                    elements are Python objects";
    assert!(none.starts_with(expected), "{none}");
    assert_eq!(problem(&[]), "it has no array of samples: expected an array `x` of numbers");
    assert_eq!(problem(&[("y", pair())]), "it has no array of samples: expected an array `x` of numbers");
}

#[test]
fn faults_name_the_array_and_the_element() {
    let with = |array: Vec<u8>| problem(&[("x", array)]);
    assert_eq!(
        with(floats("(1, 2, 2)", &[1.0, 2.0, f32::NAN, 4.0])),
        "array `x`: the element x[0, 1, 0] is NaN, expected a number that fits into a 32-bit float"
    );
    assert!(with(floats("(2,)", &[1.0, f32::INFINITY])).contains("the element x[1] is inf"));
    assert!(with(npy("<f8", "(1, 1)", &1e300_f64.to_le_bytes())).contains("x[0, 0] is 1e300,"));
    assert!(with(floats("(0, 4)", &[])).contains("its shape is (0, 4), expected at least one sample"));
    assert!(with(floats("(4, 0)", &[])).contains("its shape is (4, 0), expected at least one"));
    assert!(with(floats("()", &[1.0])).contains("it is a single number"));
    assert!(with(npy("|S1", "(2,)", b"ab")).contains("its elements are `|S1`, expected numbers"));
    assert!(with(npy("|O", "(2,)", b"pickle")).starts_with("array `x`: its elements are Python objects (pickled)"));
    assert_eq!(
        problem(&[("data", npy("|O", "(2,)", b"p"))]).split(" (").next(),
        Some("array `data`: its elements are Python objects")
    );
    let short = with(floats("(2, 3)", &[1.0]));
    assert_eq!(short, "array `x`: it has 74 bytes, expected 94 for the shape (2, 3) of `<f4`");
    assert!(with(b"text".to_vec()).contains("array `x`: not an array of NumPy"));
    let labelled = |labels: Vec<u8>| problem(&[("x", pair()), ("y", labels)]);
    assert_eq!(
        labelled(npy("|u1", "(3,)", &[1, 2, 3])),
        "array `y`: it has 3 labels, expected 2, one for each row of `x`"
    );
    assert!(
        labelled(npy("|u1", "(2, 2)", &[1; 4]))
            .contains("its shape is (2, 2), expected one label for each sample: (2,)")
    );
    assert!(labelled(floats("(2,)", &[0.0, f32::NAN])).contains("label 1 is NaN, expected a number or a text"));
}

#[test]
fn what_is_no_archive_says_what_it_is() {
    let told = |content: &[u8]| read(content).unwrap_err().to_string();
    assert!(told(b"a,b\n1,2\n").starts_with("it is no NPZ file or not all of one"));
    assert!(told(&pair()).starts_with("it is a single array; save it with `numpy.savez(path, x=array)`"));
    let whole = archive(&[("x", pair())]);
    assert!(told(&whole[..whole.len() - 8]).starts_with("it is no NPZ file or not all of one"));
    let lzma = packed(&[("x", pair())], CompressionMethod::LZMA);
    assert!(told(&lzma).contains("it is compressed with method 14; expected what `numpy.savez`"), "{}", told(&lzma));
}

#[test]
fn bits_that_fell_over_are_noticed() {
    let mut whole = archive(&[("x", pair())]);
    let two = whole.windows(4).position(|bytes| bytes == 2.0_f32.to_le_bytes()).unwrap();
    whole[two] ^= 1;
    let problem = read(&whole).unwrap_err().to_string();
    assert!(problem.starts_with("array `x`: its part of the ZIP archive is damaged"), "{problem}");
}

#[test]
fn damaged_arrays_in_a_sound_archive_are_read_or_refused_and_nothing_else() {
    // Knuth's linear congruential generator, the same on every run.
    let mut state = 11_u64;
    let mut below = |end: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % end
    };
    let sound = floats("(2, 2)", &[1.0, 2.0, 3.0, 4.0]);
    let telling = b"(),'{}:0123456789<>|=fiuUSObTFL \0\xff";
    let mut refused = 0;
    for _ in 0..3000 {
        let mut array = sound.clone();
        for _ in 0..=below(3) {
            let place = below(array.len());
            match below(4) {
                0 => array.truncate(place.max(1)),
                1 => array.insert(place, telling[below(telling.len())]),
                2 => array[place] ^= 1 << below(8),
                _ => array[place] = telling[below(telling.len())],
            }
        }
        let both = [("x", sound.clone()), ("y", array.clone())];
        for arrays in [&[("x", array)][..], &both] {
            match read(&archive(arrays)) {
                Ok(data) => assert_eq!(data.features(data.len() - 1).len(), data.width()),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 3000, "only {refused} refused");
}
