//! Where words go: results to standard output and files, everything else to standard error.

use std::env;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::AppError;
use crate::ab::AbTest;
use crate::capacity::Capacity;
use crate::cli::{Color, Common, Format};
use crate::gate::Comparison;
use crate::history::History;
use crate::inventory::Inventory;
use crate::outlook::Outlook;
use crate::profile::Profile;
use crate::render::{self, Look};
use crate::report::{self, Report, Source, Wish};
use crate::result::RunOutcome;
use crate::selftest::Selftest;
use crate::store::write_atomically;
use crate::wire::{
    write_ab, write_baselines, write_capacity, write_comparison, write_history, write_outcome, write_plan,
    write_profile, write_selftest,
};

/// The two streams, and how to use them.
#[derive(Debug, Clone)]
pub struct Console {
    quiet: bool,
    verbose: bool,
    color_out: bool,
    color_err: bool,
    width: Option<u16>,
    /// Whether a progress bar may be shown.
    pub progress: bool,
}

/// A result that can be shown in every format.
#[derive(Clone, Copy)]
pub enum Document<'a> {
    /// What was measured.
    Run(&'a RunOutcome),
    /// What was compared.
    Comparison(&'a Comparison),
    /// What was found out about the gate itself.
    Selftest(&'a Selftest),
    /// How much load a system carries.
    Capacity(&'a Capacity),
    /// What an A/B test found.
    Ab(&'a AbTest),
    /// Where a benchmark's time goes.
    Profile(&'a Profile),
    /// What a check would take and see.
    Plan(&'a Outlook),
    /// Metrics over commits.
    History(&'a History),
    /// What a store holds.
    Baselines(&'a Inventory),
}

/// The formats that `--output` knows, by extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileFormat {
    Json,
    Markdown,
    Html,
    Text,
    /// Workflow commands of GitHub Actions; only for comparisons, which `Outputs` sees to.
    Annotations,
}

/// Files to save to, checked before anything runs.
#[derive(Debug)]
pub struct Outputs {
    files: Vec<(PathBuf, FileFormat)>,
    format: Format,
}

impl Console {
    /// From the flags and the terminal.
    pub fn new(common: &Common) -> Self {
        let (out, err) = (std::io::stdout(), std::io::stderr());
        let terminal = |is_terminal: bool| match common.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                is_terminal && !unwanted && env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        };
        Self {
            quiet: common.quiet,
            verbose: common.verbose,
            color_out: terminal(out.is_terminal()),
            color_err: terminal(err.is_terminal()),
            width: terminal_size::terminal_size_of(&out).map(|(terminal_size::Width(width), _)| width),
            progress: err.is_terminal() && !common.no_progress && !common.quiet,
        }
    }

    /// The same console, listing every row.
    pub fn in_full(&self) -> Self {
        Self { verbose: true, ..self.clone() }
    }

    /// Whether messages on standard error are coloured.
    pub fn colors_errors(&self) -> bool {
        self.color_err
    }

    fn look(&self) -> Look {
        Look { color: self.color_out, width: self.width, verbose: self.verbose }
    }

    /// To standard output. A reader that has gone away is not an error: it has seen enough.
    pub fn print(&self, text: &str) -> Result<(), AppError> {
        self.print_bytes(text.as_bytes())
    }

    /// The same, of what need not be text.
    pub fn print_bytes(&self, bytes: &[u8]) -> Result<(), AppError> {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(bytes).and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(AppError::standard_output),
        }
    }

    /// A remark on standard error, unless they are unwanted.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.say("note", "36", text);
        }
    }

    /// An error, with its hints.
    pub fn error(&self, error: &AppError) {
        // Errors of the configuration bring their own heading.
        if error.message().starts_with("error") || error.message().contains("-->") {
            self.write(error.message());
        } else {
            self.say("error", "1;31", error.message());
        }
        for hint in error.hints() {
            self.say(" help", "36", hint);
        }
    }

    fn say(&self, word: &str, color: &str, text: &str) {
        if self.color_err {
            self.write(&format!("\u{1b}[{color}m{word}\u{1b}[0m: {text}"));
        } else {
            self.write(&format!("{word}: {text}"));
        }
    }

    fn write(&self, line: &str) {
        // Nobody is left to be told if this fails.
        let _ = writeln!(std::io::stderr().lock(), "{}", line.trim_end());
    }

    /// Shows what there is of a document that will not be complete, to people only.
    pub fn show_partial(&self, document: Document<'_>, outputs: &Outputs) -> Result<(), AppError> {
        if outputs.format == Format::Table { self.print(&document.table(self.look())) } else { Ok(()) }
    }

    /// Shows the document and saves it to every file that was asked for.
    pub fn publish(&self, document: Document<'_>, outputs: &Outputs) -> Result<(), AppError> {
        // People see it even if a file cannot be written.
        self.print(&match outputs.format {
            Format::Json => document.json(),
            Format::Markdown => document.markdown(),
            Format::Table => document.table(self.look()),
        })?;
        for (path, format) in &outputs.files {
            let text = match format {
                FileFormat::Json => document.json(),
                FileFormat::Markdown => document.markdown(),
                FileFormat::Html => render::html::page(&document.report()),
                FileFormat::Text => document.table(Look { color: false, width: None, verbose: true }),
                FileFormat::Annotations => document.annotations(),
            };
            write_atomically(path, &text)?;
        }
        Ok(())
    }
}

impl Document<'_> {
    fn json(self) -> String {
        match self {
            Self::Run(outcome) => write_outcome(outcome),
            Self::Comparison(comparison) => write_comparison(comparison),
            Self::Selftest(selftest) => write_selftest(selftest),
            Self::Capacity(capacity) => write_capacity(capacity),
            Self::Ab(test) => write_ab(test),
            Self::Profile(profile) => write_profile(profile),
            Self::Plan(plan) => write_plan(plan),
            Self::History(history) => write_history(history),
            Self::Baselines(inventory) => write_baselines(inventory),
        }
    }

    fn markdown(self) -> String {
        match self {
            Self::Run(outcome) => render::markdown::run(outcome),
            Self::Comparison(comparison) => render::markdown::comparison(comparison),
            Self::Selftest(selftest) => render::markdown::selftest(selftest),
            Self::Capacity(capacity) => render::markdown::capacity(capacity),
            Self::Ab(test) => render::markdown::ab(test),
            Self::Profile(profile) => render::markdown::profile(profile),
            Self::Plan(plan) => render::markdown::plan(plan),
            Self::History(history) => render::markdown::history(history),
            Self::Baselines(inventory) => render::markdown::baselines(inventory),
        }
    }

    /// What a page about it says.
    fn report(self) -> Report {
        match self {
            Self::Run(outcome) => report::of(&[Source::of_run(outcome)], &Wish::default()),
            Self::Comparison(comparison) => report::of(&[Source::of_comparison(comparison)], &Wish::default()),
            Self::Selftest(selftest) => report::selftest::of(selftest),
            Self::Capacity(capacity) => report::capacity::of(capacity),
            Self::Ab(test) => report::ab::of(test),
            Self::Profile(profile) => report::profile::of(profile),
            Self::Plan(plan) => report::plan::of(plan),
            Self::History(history) => report::trend::of(history),
            Self::Baselines(inventory) => report::baselines::of(inventory),
        }
    }

    /// The worst rows of a comparison; nothing else has rows that could be good or bad.
    fn annotations(self) -> String {
        match self {
            Self::Comparison(comparison) => render::annotations(comparison),
            Self::Run(_)
            | Self::Selftest(_)
            | Self::Capacity(_)
            | Self::Profile(_)
            | Self::Plan(_)
            | Self::History(_)
            | Self::Ab(_)
            | Self::Baselines(_) => String::new(),
        }
    }

    fn table(self, look: Look) -> String {
        match self {
            Self::Run(outcome) => render::run(outcome, &look),
            Self::Comparison(comparison) => render::comparison(comparison, &look),
            Self::Selftest(selftest) => render::selftest(selftest, &look),
            Self::Capacity(capacity) => render::capacity(capacity, &look),
            Self::Ab(test) => render::ab(test, &look),
            Self::Profile(profile) => render::profile(profile, &look),
            Self::Plan(plan) => render::plan(plan, &look),
            Self::History(history) => render::history(history, &look),
            Self::Baselines(inventory) => render::baselines(inventory, &look),
        }
    }
}

impl Outputs {
    /// Checks every file: that its extension names a format and that its folder is there.
    pub fn check(common: &Common) -> Result<Self, AppError> {
        let outputs = Self::of_comparison(common)?;
        match outputs.files.iter().find(|(_, format)| *format == FileFormat::Annotations) {
            Some((path, _)) => {
                Err(AppError::bad_output(path, "only `check` and `compare` have rows that become annotations")
                    .hint("use .md, .html, .json or .txt"))
            }
            None => Ok(outputs),
        }
    }

    /// The same for a verb that compares: it has annotations too.
    pub fn of_comparison(common: &Common) -> Result<Self, AppError> {
        let files = common.output.iter().map(|path| Ok((path.clone(), format_of(path)?)));
        Ok(Self { files: files.collect::<Result<_, AppError>>()?, format: common.format })
    }
}

fn format_of(path: &Path) -> Result<FileFormat, AppError> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let format = match extension {
        "json" => FileFormat::Json,
        "md" => FileFormat::Markdown,
        "txt" => FileFormat::Text,
        "annotations" => FileFormat::Annotations,
        "html" => FileFormat::Html,
        _ => return Err(AppError::bad_output(path, "the extension must be .json, .md, .html, .txt or .annotations")),
    };
    check_place(path)?;
    Ok(format)
}

/// Checks that a file can lie there: that its folder exists and can be written to, and that it is none itself.
pub fn check_place(path: &Path) -> Result<(), AppError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(AppError::bad_output(path, &format!("the folder `{}` does not exist", folder.display())));
    }
    if path.is_dir() {
        return Err(AppError::bad_output(path, "it is a folder"));
    }
    // What cannot be written is known before anything is measured: a file is written as this one is, beside its place.
    match tempfile::NamedTempFile::new_in(folder) {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(AppError::bad_output(path, &format!("nothing can be written into `{}`: {error}", folder.display())))
        }
    }
}
