//! valgrind's callgrind: runs a program on a processor made of software, which counts.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::config::CommandLine;

/// Says whether valgrind is there, and why not.
pub fn check() -> Result<(), String> {
    let asked = Command::new("valgrind").arg("--version").stdin(Stdio::null()).output();
    match asked {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("`valgrind --version` failed with {}", output.status)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err("valgrind is not installed: `apt-get install valgrind`".to_owned())
        }
        Err(error) => Err(format!("`valgrind --version`: {error}")),
    }
}

/// The command, under callgrind, with every process that it starts. Each leaves a report in the folder.
pub fn wrap(command: &CommandLine, folder: &Path) -> CommandLine {
    // What valgrind fills in begins with a percent sign, and two of them are one.
    let folder = folder.display().to_string().replace('%', "%%");
    let options = [
        // Neither a file nor a variable of the user's changes what is counted.
        "--command-line-only=yes".to_owned(),
        "--tool=callgrind".to_owned(),
        "--trace-children=yes".to_owned(),
        "--dump-line=no".to_owned(),
        "--vgdb=no".to_owned(),
        format!("--log-file={folder}/%p.log"),
        format!("--callgrind-out-file={folder}/%p.out"),
    ];
    CommandLine {
        program: "valgrind".to_owned(),
        arguments: options.into_iter().chain(command.words().cloned()).collect(),
    }
}

/// The sum of what all processes report.
pub fn read(folder: &Path) -> Result<u64, String> {
    let failed = |error: std::io::Error| format!("cannot read what callgrind reports: {error}");
    let (mut total, mut begun, mut reported) = (0_u64, Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match name.split_once('.') {
            Some((process, "log")) => begun.push((process.to_owned(), path)),
            // A program that asks callgrind for dumps leaves several reports.
            Some((process, report)) if report.starts_with("out") => {
                let text = fs::read(&path).map_err(failed)?;
                total = total.saturating_add(parse(&String::from_utf8_lossy(&text))?);
                reported.push(process.to_owned());
            }
            _ => {}
        }
    }
    match begun.iter().find(|(process, _)| !reported.contains(process)) {
        Some((_, log)) => Err(silent(&fs::read_to_string(log).unwrap_or_default())),
        None if reported.is_empty() => Err("callgrind reports nothing".to_owned()),
        None => Ok(total),
    }
}

/// The total of one report.
fn parse(report: &str) -> Result<u64, String> {
    let total = report.lines().rev().find_map(|line| line.strip_prefix("totals:"));
    let total = total.and_then(|total| total.trim().parse().ok());
    total.ok_or_else(|| "a report of callgrind has no total: the process was killed while it wrote".to_owned())
}

/// Why a process left no report, from its log.
fn silent(log: &str) -> String {
    let own = |line: &str| line.trim_start_matches(|c: char| c == '=' || c.is_ascii_digit()).trim().to_owned();
    match log.lines().map(own).find(|line| line.starts_with("Command:")) {
        Some(command) => format!(
            "a process was killed before callgrind could report ({command}); let the system end its processes itself, or \
             start the program without a shell around it"
        ),
        None => format!(
            "callgrind does not run: {}",
            log.lines().map(own).find(|line| !line.is_empty()).unwrap_or_default()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str =
        "# callgrind format\nversion: 1\nevents: Ir\nsummary: 99\n\nfn=(1) main\n0 70\n\ntotals: 100\n";

    #[test]
    fn reports_are_added_up() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("7.out", REPORT), ("7.log", ""), ("8.out", REPORT), ("8.out.1", REPORT), ("8.log", "")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        assert_eq!(read(folder.path()), Ok(300));
    }

    #[test]
    fn a_process_without_a_report_is_told_with_its_command() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).unwrap_err().contains("reports nothing"));
        fs::write(folder.path().join("7.out"), REPORT).unwrap();
        fs::write(folder.path().join("9.log"), "==9== Callgrind, a profiler\n==9== Command: ./serve --fast\n").unwrap();
        let told = read(folder.path()).unwrap_err();
        assert!(told.contains("(Command: ./serve --fast)"), "{told}");
        assert!(parse("totals:\n").is_err() && parse("").is_err());
    }

    #[test]
    fn the_program_and_its_arguments_stay_what_they_are() {
        let command = CommandLine { program: "./a b".to_owned(), arguments: vec!["--tool=x".to_owned()] };
        let wrapped = wrap(&command, Path::new("/tmp/100%"));
        assert_eq!(wrapped.program, "valgrind");
        assert!(wrapped.arguments.ends_with(&["./a b".to_owned(), "--tool=x".to_owned()]));
        assert!(wrapped.arguments.contains(&"--callgrind-out-file=/tmp/100%%/%p.out".to_owned()));
    }
}
