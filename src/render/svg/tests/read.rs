//! A drawing read back: positions from its paths, values from the numbers on its axes.

use crate::plot::Role;
use crate::render::svg::marks::class;
use crate::render::svg::{measures, text};

/// A drawing as its elements, one a line.
pub struct Drawing<'a> {
    lines: Vec<&'a str>,
}

/// From pixels to values.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub slope: f64,
    pub start: f64,
}

impl Line {
    /// Through two points, each of a pixel and a value.
    pub fn through((x, a): (f64, f64), (y, b): (f64, f64)) -> Self {
        let slope = (b - a) / (y - x);
        Self { slope, start: a - slope * x }
    }

    pub fn value(self, px: f64) -> f64 {
        self.start + self.slope * px
    }

    pub fn place(self, value: f64) -> f64 {
        (value - self.start) / self.slope
    }
}

impl<'a> Drawing<'a> {
    pub fn of(svg: &'a str) -> Self {
        Self { lines: svg.lines().collect() }
    }

    fn with_class(&self, element: &str, class: &str) -> Vec<&'a str> {
        let opened = format!("<{element} ");
        let is = |line: &&str| {
            line.starts_with(&opened)
                && attribute(line, "class").is_some_and(|all| all.split(' ').any(|one| one == class))
        };
        self.lines.iter().copied().filter(is).collect()
    }

    /// The texts of the numbers on the x axis, with the pixel that is meant: that of their strokes.
    pub fn x_texts(&self) -> Vec<(f64, String)> {
        let strokes: Vec<f64> = self
            .with_class("path", "pg-x")
            .into_iter()
            .filter(|line| line.contains("pg-axis"))
            .flat_map(subpaths)
            .map(|all| all[0][0])
            .collect();
        let texts: Vec<String> = self.texts("pg-x");
        assert_eq!(strokes.len(), texts.len(), "each number has its stroke");
        strokes.into_iter().zip(texts).collect()
    }

    fn texts(&self, class: &str) -> Vec<String> {
        let ticks = self.with_class("text", "pg-tick");
        ticks.into_iter().filter(|line| line.contains(class)).map(content).collect()
    }

    pub fn x_numbers(&self) -> Vec<(f64, f64)> {
        self.x_texts().into_iter().map(|(px, text)| (px, number(&text))).collect()
    }

    fn y_numbers(&self) -> Vec<(f64, f64)> {
        let lines: Vec<f64> = self
            .with_class("path", "pg-y")
            .into_iter()
            .filter(|line| line.contains("pg-grid"))
            .flat_map(subpaths)
            .map(|all| all[0][1])
            .collect();
        let texts = self.texts("pg-y");
        assert_eq!(lines.len(), texts.len(), "each number has its line");
        lines.into_iter().zip(texts).map(|(px, text)| (px, number(&text))).collect()
    }

    /// From the first and the last number; values in the unit of the axis' label, or their decimal logarithms.
    pub fn x_axis(&self, logarithmic: bool) -> Line {
        axis(self.x_numbers(), logarithmic)
    }

    pub fn y_axis(&self, logarithmic: bool) -> Line {
        axis(self.y_numbers(), logarithmic)
    }

    /// Nanoseconds in the unit of the x axis' label.
    pub fn scale_of_x(&self) -> f64 {
        let label = self.with_class("text", "pg-label").into_iter().map(content).next_back().unwrap();
        let units = [("(ns)", 1.0), ("(µs)", 1e3), ("(ms)", 1e6), ("(s)", 1e9)];
        units.iter().find(|(unit, _)| label.contains(unit)).unwrap_or_else(|| panic!("{label}")).1
    }

    /// The places of the marks of a role; those of the legend are not among them.
    pub fn marks(&self, role: Role) -> Vec<[f64; 2]> {
        let url = format!("-{})", class(role));
        let all = self.with_class("path", "pg-marks");
        let drawn = all.into_iter().find(|line| attribute(line, "marker-start").is_some_and(|of| of.ends_with(&url)));
        drawn.map(|line| subpaths(line).concat()).unwrap_or_default()
    }

    /// The points of the first path of a form and a role.
    pub fn path_points(&self, form: &str, role: Role) -> Vec<[f64; 2]> {
        let all = self.with_class("path", form);
        let first = all.into_iter().find(|line| line.contains(class(role)));
        first.map(|line| subpaths(line).concat()).unwrap_or_default()
    }

    /// The left and the right end of the shaded stretches of a role; that of the legend is not among them.
    pub fn regions(&self, role: Role) -> Vec<[f64; 2]> {
        let all = self.with_class("rect", "pg-region").into_iter().filter(|line| line.contains(class(role)));
        let of = |line: &str, name: &str| attribute(line, name).map_or(f64::NAN, number);
        let wide = all.filter(|line| of(line, "height") > measures::LANE);
        wide.map(|line| [of(line, "x"), of(line, "x") + of(line, "width")]).collect()
    }

    /// The straight strokes of all paths of a form.
    pub fn strokes(&self, form: &str) -> Vec<[[f64; 2]; 2]> {
        self.with_class("path", form).into_iter().flat_map(subpaths).filter_map(|all| all.try_into().ok()).collect()
    }

    pub fn strokes_of(&self, form: &str, role: &str) -> Vec<[[f64; 2]; 2]> {
        let all = self.with_class("path", form).into_iter().filter(|line| line.contains(role));
        all.flat_map(subpaths).filter_map(|all| all.try_into().ok()).collect()
    }

    /// Whether elements are closed in their order, and nothing looks like an element that is none.
    pub fn check_nesting(&self, name: &str) {
        let mut open: Vec<&str> = Vec::new();
        for line in &self.lines {
            let mut rest = *line;
            while let Some((_, after)) = rest.split_once('<') {
                let (tag, next) = after.split_once('>').unwrap_or_else(|| panic!("{name}: {line}"));
                match tag.strip_prefix('/') {
                    Some(closed) => assert_eq!(open.pop(), Some(closed), "{name}: {line}"),
                    None if tag.ends_with('/') => {}
                    None => open.push(tag.split(' ').next().unwrap()),
                }
                rest = next;
            }
            for (at, _) in line.match_indices('&') {
                let entity = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"].iter().any(|one| line[at..].starts_with(one));
                assert!(entity, "{name}: {line}");
            }
        }
        assert!(open.is_empty(), "{name}: {open:?}");
    }

    /// Whether all paths lie in the drawing.
    pub fn check_inside(&self, name: &str) {
        let size = attribute(self.lines[0], "viewBox").unwrap();
        let height: f64 = size.rsplit(' ').next().unwrap().parse().unwrap();
        let paths = self.lines.iter().filter(|line| line.starts_with("<path"));
        let off = 1e-6;
        for line in paths {
            for [x, y] in subpaths(line).concat() {
                let inside = (-off..=measures::WIDTH + off).contains(&x) && (-off..=height + off).contains(&y);
                assert!(inside, "{name}: {x} {y} in {line}");
            }
        }
        for line in self.lines.iter().filter(|line| line.starts_with("<text")) {
            let [left, right] = extent(line);
            assert!(left >= -1.0 && right <= measures::WIDTH + 1.0, "{name}: {left} to {right}: {line}");
        }
    }

    /// Whether no two texts of a line run into each other.
    pub fn check_labels(&self, name: &str) {
        let texts: Vec<&&str> = self.lines.iter().filter(|line| line.starts_with("<text")).collect();
        for (at, one) in texts.iter().enumerate() {
            for other in texts.iter().skip(at + 1) {
                let apart = (place(one, "y") - place(other, "y")).abs() >= 10.0;
                let ([a, b], [c, d]) = (extent(one), extent(other));
                assert!(apart || b <= c + 0.5 || d <= a + 0.5, "{name}:\n{one}\n{other}");
            }
        }
    }
}

fn axis(numbers: Vec<(f64, f64)>, logarithmic: bool) -> Line {
    let even = |(px, value): (f64, f64)| (px, if logarithmic { value.log10() } else { value });
    let all: Vec<(f64, f64)> = numbers.into_iter().map(even).collect();
    let line = Line::through(all[0], *all.last().unwrap());
    // A number in between lies on the line: the axis is what it seems to be.
    assert!(all.iter().all(|(px, value)| (line.value(*px) - value).abs() < 0.11 * line.slope.abs()), "{all:?}");
    line
}

fn number(text: &str) -> f64 {
    text.replace('−', "-").replace('+', "").parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

fn place(line: &str, name: &str) -> f64 {
    attribute(line, name).unwrap().parse().unwrap()
}

fn content(line: &str) -> String {
    let inner = line.split_once('>').unwrap().1.rsplit_once('<').unwrap().0;
    inner.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

/// From where to where a text goes, as its letters are measured.
fn extent(line: &str) -> [f64; 2] {
    let size = if line.contains("pg-title") { 13.5 } else { measures::FONT };
    let (x, width) = (place(line, "x"), text::width(&content(line), size));
    match attribute(line, "text-anchor") {
        Some("middle") => [x - width / 2.0, x + width / 2.0],
        Some("end") => [x - width, x],
        _ => [x, x + width],
    }
}

/// The corners of each part of a path: `M x y l dx dy … H x V y L x y Z`.
fn subpaths(line: &str) -> Vec<Vec<[f64; 2]>> {
    let data = attribute(line, "d").unwrap();
    let mut parts: Vec<Vec<[f64; 2]>> = Vec::new();
    let mut rest = data;
    while let Some(command) = rest.chars().next() {
        let end = rest[1..].find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |at| at + 1);
        let numbers = rest[1..end].replace('-', " -");
        let numbers: Vec<f64> = numbers.split_whitespace().map(|part| part.parse().unwrap()).collect();
        if command == 'M' {
            parts.push(Vec::new());
        }
        let part = parts.last_mut().unwrap();
        let last = part.last().copied().unwrap_or([f64::NAN; 2]);
        match command {
            'M' | 'L' => part.extend(numbers.chunks(2).map(|pair| [pair[0], pair[1]])),
            'l' => {
                for step in numbers.chunks(2) {
                    let [x, y] = *part.last().unwrap();
                    part.push([x + step[0], y + step[1]]);
                }
            }
            'H' => part.extend(numbers.iter().map(|x| [*x, last[1]])),
            'V' => part.extend(numbers.iter().map(|y| [last[0], *y])),
            'Z' => {}
            other => panic!("{other} in {data}"),
        }
        rest = &rest[end..];
    }
    parts
}
