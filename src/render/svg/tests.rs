//! What is drawn, read back from the drawing; and drawings of what is odd.

mod gallery;
mod read;

use gallery::{course_of, everything, latencies, rounds_of, samples};
use read::Drawing;

use super::marks::{class, shape};
use super::{STYLE, draw, write};
use crate::gate::Method;
use crate::plot::{self, Measure, Nth, Plot, Role, Shown, Side};
use crate::result::{Direction, RoundValues, Unit};

/// How far a position that is read back may be off, in pixels: it and the two numbers of the axis are rounded to a tenth.
const PIXEL: f64 = 0.15;

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance
}

#[test]
fn rounds_read_back_from_the_drawing_are_those_that_were_measured() {
    let (base, candidate) = ([4.12e6, 4.05e6, 4.2e6, 4.14e6], [5.03e6, 4.97e6, 5.21e6, 5.0e6]);
    let [of_base, of_candidate] = [base, candidate].map(|values| RoundValues::new(values.to_vec()).unwrap());
    let unit = Unit::nanoseconds();
    let metric = Measure { name: "latency_p99", unit: &unit, direction: Direction::LowerIsBetter, samples: None };
    let shown = [Shown { label: "main", of: &of_base }, Shown { label: "this", of: &of_candidate }];
    let svg = draw(&plot::rounds(&metric, &shown, true).unwrap(), "r");
    let drawing = Drawing::of(&svg);
    let (x, y) = (drawing.x_axis(false), drawing.y_axis(false));
    assert!(svg.contains("latency_p99 (ms; does not begin at 0)"), "{svg}");
    let (wide, high) = (PIXEL * x.slope.abs(), PIXEL * y.slope.abs());
    for (role, values) in [(Role::Of(Side::Base), base), (Role::Of(Side::Candidate), candidate)] {
        let marks = drawing.marks(role);
        assert_eq!(marks.len(), values.len());
        for ((at, value), [mark_x, mark_y]) in (1..).zip(values).zip(marks) {
            assert!(near(x.value(mark_x), f64::from(at), wide), "round {at} stands at {}", x.value(mark_x));
            assert!(near(y.value(mark_y) * 1e6, value, high * 1e6), "{value} is drawn as {} ms", y.value(mark_y));
        }
    }
    let spans = drawing.strokes("pg-span");
    assert_eq!(spans.len(), 4);
    for ([from, to], (base, candidate)) in spans.iter().zip(base.iter().zip(candidate)) {
        assert!(near(y.value(from[1]) * 1e6, *base, high * 1e6) || near(y.value(to[1]) * 1e6, *base, high * 1e6));
        assert!(
            near(y.value(from[1]) * 1e6, candidate, high * 1e6) || near(y.value(to[1]) * 1e6, candidate, high * 1e6)
        );
    }
}

#[test]
fn percentiles_read_back_from_the_tail_are_those_of_the_distribution() {
    let of = latencies(4_000_000, 8_000);
    let svg = draw(&plot::tail(&[Shown { label: "this", of: &of }]).unwrap(), "t");
    let drawing = Drawing::of(&svg);
    // The numbers below are percentiles; on the axis they are as far apart as the logarithms of their rarities.
    let places: Vec<(f64, f64)> =
        drawing.x_numbers().into_iter().map(|(px, percent)| (px, -(1.0 - percent / 100.0).log10())).collect();
    let x = read::Line::through(places[1], *places.last().unwrap());
    assert!(places.iter().all(|(px, rarity)| near(x.value(*px), *rarity, 0.01)), "{places:?}");
    let y = drawing.y_axis(false);
    let line = drawing.path_points("pg-line", Role::Of(Side::Candidate));
    for share in [0.5, 0.9, 0.99, 0.999] {
        let at = x.place(-(1.0_f64 - share).log10());
        // The staircase there, give or take the width of a column.
        let drawn: Vec<f64> = line
            .windows(2)
            .filter(|pair| pair[0][0] - 3.0 <= at && at <= pair[1][0] + 3.0)
            .map(|pair| y.value(pair[0][1]))
            .collect();
        let value = of.quantile(share) / 1e6;
        assert!(
            drawn.iter().any(|drawn| near(*drawn, value, PIXEL * y.slope.abs())),
            "p{share}: {value} is none of {drawn:?}"
        );
    }
}

#[test]
fn intervals_read_back_from_the_forest_are_those_of_the_rows() {
    let comparison = samples::judged(&samples::usual(), Method::SideBySide);
    let rows: Vec<&crate::gate::Row> = comparison.rows.iter().collect();
    let svg = draw(&plot::forest(&rows).drawings[0], "f");
    let drawing = Drawing::of(&svg);
    let x = drawing.x_axis(false);
    let drawn: Vec<[f64; 2]> = drawing
        .strokes("pg-interval")
        .into_iter()
        .filter(|[from, to]| from[1] == to[1])
        .map(|[from, to]| [x.value(from[0]) / 100.0, x.value(to[0]) / 100.0])
        .collect();
    let tolerance = PIXEL * x.slope.abs() / 100.0;
    let mut found = 0;
    for row in rows.iter().take(4) {
        let Some(crate::gate::Evidence::Tested(tested)) = row.compared().map(|compared| &compared.evidence) else {
            continue;
        };
        let Some([low, high]) = tested.interval.filter(|_| tested.difference.is_none()) else { continue };
        assert!(
            drawn.iter().any(|[from, to]| near(*from, low, tolerance) && near(*to, high, tolerance)),
            "{} [{low}, {high}] is none of {drawn:?}",
            row.benchmark
        );
        found += 1;
    }
    assert!(found >= 2, "{found}");
    // The threshold of rows that are worse when greater, and of those that are worse when less.
    let limits: Vec<f64> =
        drawing.strokes_of("pg-upright", "pg-threshold").iter().map(|[from, _]| x.value(from[0])).collect();
    assert!(limits.iter().all(|limit| near(limit.abs(), 10.0, 0.2)), "{limits:?}");
    assert!(limits.iter().any(|limit| *limit > 0.0) && limits.iter().any(|limit| *limit < 0.0), "{limits:?}");
}

#[test]
fn whatever_is_drawn_is_whole_small_and_inside() {
    for (name, plot) in everything() {
        let svg = draw(&plot, &name);
        for wrong in ["NaN", "inf", "Infinity", "style=", "rgb(", "\u{1b}", "\u{202e}"] {
            assert!(!svg.contains(wrong), "{name}: {wrong} in {svg}");
        }
        assert!(svg.len() <= 12_000, "{name}: {} bytes", svg.len());
        let drawing = Drawing::of(&svg);
        drawing.check_nesting(&name);
        drawing.check_inside(&name);
        drawing.check_labels(&name);
        assert!(!drawing.x_texts().is_empty(), "{name}: no number on the x axis\n{svg}");
    }
}

#[test]
fn every_kind_of_plot_describes_itself_and_its_units() {
    let said: Vec<(String, String)> =
        everything().into_iter().map(|(name, plot)| (name, super::description(&plot))).collect();
    let of = |name: &str| said.iter().find(|(one, _)| one == name).map(|(_, text)| text.as_str()).unwrap();
    assert_eq!(
        of("rounds paired"),
        "latency_p99 of main 8be01d4 in 14 rounds: 4.01 ms to 4.23 ms; of this 3f2a91c in 14 rounds: 4.82 ms to 5.08 ms; \
         the second is worse in 14 of 14 pairs."
    );
    for (name, text) in &said {
        assert!(text.ends_with('.') && !text.contains('\n') && text.len() < 700, "{name}: {text}");
        assert!(text.chars().filter(char::is_ascii_digit).count() > 0, "{name}: {text}");
    }
}

#[test]
fn ten_thousand_rounds_keep_their_least_and_greatest() {
    let mut values: Vec<f64> = (0..10_000).map(|at| 1e6 + f64::from(at * 7919 % 1000)).collect();
    values[5003] = 1.9e6;
    values[7001] = 1.1e5;
    let of = RoundValues::new(values).unwrap();
    let plot = rounds_of("ns", &[Shown { label: "this", of: &of }], false);
    let svg = draw(&plot, "many");
    let drawing = Drawing::of(&svg);
    let y = drawing.y_axis(true);
    let marks = drawing.marks(Role::Of(Side::Candidate));
    assert!(marks.len() < 400, "{}", marks.len());
    let heights: Vec<f64> = marks.iter().map(|[_, height]| y.value(*height)).collect();
    let has = |value: f64| heights.iter().any(|height| near(*height, value.log10(), PIXEL * y.slope.abs()));
    assert!(has(1.9) && has(0.11), "{heights:?}");
}

#[test]
fn no_two_looks_of_a_plot_differ_by_their_colour_alone() {
    let shapes =
        |roles: &[Role]| roles.iter().map(|role| shape(*role)).collect::<std::collections::BTreeSet<_>>().len();
    let judged = [Role::Worse, Role::Better, Role::Open, Role::Accepted, Role::Unchanged];
    assert_eq!(shapes(&judged), judged.len());
    assert_eq!(shapes(&[Role::Of(Side::Base), Role::Of(Side::Candidate)]), 2);
    let beside = Nth::ALL.map(Role::Nth);
    assert_eq!(shapes(&beside), beside.len());
    for role in beside.iter().skip(1) {
        assert!(
            STYLE.contains(&format!(".pg-line.{}{{stroke-dasharray", class(*role))),
            "{role:?} has no dash of its own"
        );
    }
    // A limit is drawn beside the candidate, in its colour.
    assert!(STYLE.contains(".pg-line.pg-threshold{stroke-dasharray"), "a limit looks like a line of the candidate");
    for form in ["pg-line", "pg-area", "pg-drop"] {
        assert!(STYLE.contains(&format!(".{form}.{}", class(Role::Of(Side::Base)))), "{form} has no dash of its own");
    }
}

#[test]
fn colours_can_be_told_from_the_ground_and_from_each_other_without_colour() {
    let blocks: Vec<&str> =
        STYLE.split(".pg-plot{--pg-ground").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
    let plain: Vec<&&str> = blocks.iter().filter(|block| block.contains('#')).collect();
    assert_eq!(plain.len(), 3, "light, dark, print");
    for block in plain {
        let block = format!("--pg-ground{block}");
        let color = |name: &str| {
            let rest = block.split(&format!("--pg-{name}:#")).nth(1).unwrap_or_else(|| panic!("{name} in {block}"));
            luminance(rest.get(..6).unwrap())
        };
        let contrast = |a: f64, b: f64| (a.max(b) + 0.05) / (a.min(b) + 0.05);
        let ground = color("ground");
        for (name, least) in [("ink", 7.0), ("quiet", 4.5), ("a", 3.0), ("b", 3.0)] {
            let found = contrast(color(name), ground);
            assert!(found >= least, "{name} has {found}, not {least}, in {block}");
        }
        // CIE's lightness: a printer without colours.
        let lightness = |luminance: f64| 116.0 * luminance.cbrt() - 16.0;
        let apart = (lightness(color("a")) - lightness(color("b"))).abs();
        assert!(apart >= 15.0, "base and candidate are {apart} apart in {block}");
    }
}

/// The three channels of a colour of six digits, in proportion to their light.
fn light(hex: &str) -> [f64; 3] {
    [0, 2, 4].map(|at| {
        let share = f64::from(u8::from_str_radix(hex.get(at..at + 2).unwrap(), 16).unwrap()) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    })
}

/// The relative luminance of a colour of six digits, as WCAG defines it.
fn luminance(hex: &str) -> f64 {
    let [red, green, blue] = light(hex);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// A matrix on a colour.
fn times(matrix: [[f64; 3]; 3], [a, b, c]: [f64; 3]) -> [f64; 3] {
    matrix.map(|[x, y, z]| x * a + y * b + z * c)
}

/// How far two colours of light are apart in CIE L*a*b* (1976), under D65.
fn apart(one: [f64; 3], other: [f64; 3]) -> f64 {
    const XYZ: [[f64; 3]; 3] = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]];
    let lab = |light: [f64; 3]| {
        let [x, y, z] = times(XYZ, light.map(|channel| channel.clamp(0.0, 1.0)));
        let root = |share: f64| if share > 0.008_856 { share.cbrt() } else { 7.787 * share + 16.0 / 116.0 };
        let [x, y, z] = [root(x / 0.9505), root(y), root(z / 1.089)];
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    };
    lab(one).iter().zip(lab(other)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn base_and_candidate_have_colours_that_the_colour_blind_tell_apart() {
    // Machado, Oliveira and Fernandes (2009), table 1, of full severity.
    let blind = [
        (
            "protanopia",
            [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
        ),
        (
            "deuteranopia",
            [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
        ),
        (
            "tritanopia",
            [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        ),
    ];
    for block in STYLE.split(".pg-plot{--pg-ground").skip(1).filter_map(|rest| rest.split('}').next()) {
        let color = |name: &str| block.split(&format!("--pg-{name}:#")).nth(1).and_then(|rest| rest.get(..6));
        let (Some(a), Some(b)) = (color("a"), color("b")) else { continue };
        for (name, matrix) in blind {
            let seen = apart(times(matrix, light(a)), times(matrix, light(b)));
            assert!(seen >= 30.0, "{name}: #{a} and #{b} are {seen:.0} apart");
        }
    }
}

#[test]
fn identifiers_are_safe_and_different_for_different_texts() {
    let texts = ["a b", "a_20_b", "a-b", "a_b", "", "\"><script>", "日本"];
    let made: std::collections::BTreeSet<String> = texts.iter().map(|text| write::identifier(text)).collect();
    assert_eq!(made.len(), texts.len());
    let safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    assert!(made.iter().all(|id| id.chars().all(safe)), "{made:?}");
}

#[test]
fn names_from_outside_are_text_and_nothing_else() {
    for name in samples::hostile_names() {
        let of = RoundValues::new(vec![1.0, 2.0]).unwrap();
        let unit = Unit::new(name.clone());
        let metric = Measure { name: &name, unit: &unit, direction: Direction::LowerIsBetter, samples: None };
        let shown = [Shown { label: name.as_str(), of: &of }, Shown { label: name.as_str(), of: &of }];
        let svg = draw(&plot::rounds(&metric, &shown, true).unwrap(), "n");
        assert!(svg.len() < 20_000, "{} bytes", svg.len());
        Drawing::of(&svg).check_nesting(&name);
        for wrong in ["<script", "<b>", "\u{1b}", "\u{202e}", "\u{200b}", "\u{2028}", "\r"] {
            assert!(!svg.contains(wrong), "{wrong:?} in {svg}");
        }
    }
}

#[test]
fn latencies_of_a_course_read_back_are_those_of_the_windows() {
    let course = course_of(1);
    let svg = draw(&plot::course(Shown { label: "", of: &course }).unwrap(), "c");
    let drawing = Drawing::of(&svg);
    let (x, y) = (drawing.x_axis(false), drawing.y_axis(false));
    let line = drawing.path_points("pg-line", Role::Of(Side::Candidate));
    let windows: Vec<_> = course.rounds[0].warm_up.iter().chain(&course.rounds[0].timed).collect();
    assert_eq!(line.len(), windows.len());
    let scale = drawing.scale_of_x();
    for (window, [at, median]) in windows.iter().zip(line) {
        assert!(near(x.value(at) * scale, window.at as f64, PIXEL * x.slope.abs() * scale), "{window:?}");
        assert!(near(y.value(median) * 1e6, window.median as f64, PIXEL * y.slope.abs() * 1e6), "{window:?}");
    }
    // The band: along the greatest, and back along the least.
    let band = drawing.path_points("pg-band", Role::Of(Side::Candidate));
    assert_eq!(band.len(), 2 * windows.len());
    let ends = windows.iter().map(|window| window.high).chain(windows.iter().rev().map(|window| window.low));
    for ([_, at], end) in band.into_iter().zip(ends) {
        assert!(near(y.value(at) * 1e6, end as f64, PIXEL * y.slope.abs() * 1e6), "{end}");
    }
    let mut marks = drawing.marks(Role::Open);
    // A mark that is alone stands in its path twice.
    marks.dedup();
    let [[at, height]] = marks[..] else { panic!("one is far out: {marks:?}") };
    let far = course.rounds[0].timed[17];
    assert!(near(x.value(at) * scale, far.at as f64, PIXEL * x.slope.abs() * scale));
    assert!(near(y.value(height) * 1e6, far.high as f64, PIXEL * y.slope.abs() * 1e6));
    // The warm-up is shaded from the first query to the first timed one.
    let timed_from = course.rounds[0].timed[0].at as f64;
    let regions = drawing.regions(Role::Aside);
    let [[from, to]] = regions[..] else { panic!("{regions:?}") };
    assert!(near(x.value(from), 0.0, PIXEL * x.slope.abs()));
    assert!(near(x.value(to) * scale, timed_from, PIXEL * x.slope.abs() * scale));
}

/// `PERFGATE_PLOTS=FOLDER` has the plots of all tests written there as a page, to be looked at.
#[test]
fn plots_to_look_at_have_names_of_their_own() {
    let all = everything();
    let names: std::collections::BTreeSet<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), all.len());
    if let Some(folder) = std::env::var_os("PERFGATE_PLOTS") {
        let figure = |(name, plot): &(String, Plot)| {
            format!("<figure><figcaption>{name}</figcaption>{}</figure>", draw(plot, name))
        };
        let figures: String = all.iter().map(figure).collect();
        let page = format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Plots</title>\
             <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\"><style>{STYLE}\
             main{{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr))}}\
             figure{{margin:0}}figcaption{{font:10px monospace}}</style></head><body><main>{figures}</main></body></html>"
        );
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(std::path::Path::new(&folder).join("plots.html"), page).unwrap();
    }
}
