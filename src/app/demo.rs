//! `perfgate demo`: the whole story on the embedded model, in a scratch repository, through the real verbs.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::output::Console;
use super::{AppError, check, record};
use crate::cli::{Color, Common, Confirm, Format};
use crate::gate::ExitStatus;
use crate::sut::Interrupt;
use crate::vcs::ScratchRepository;

/// The embedded model.
pub const MODEL: &[u8] = include_bytes!("../../fixtures/digits/model.onnx");
const SLOWER_MODEL: &[u8] = include_bytes!("../../fixtures/digits/model-slow.onnx");
/// Its dataset.
pub const DATASET: &[u8] = include_bytes!("../../fixtures/digits/test.csv");
/// What measures it.
pub const CONFIGURATION: &str = include_str!("../../fixtures/demo/perfgate.toml");

/// Records, checks an unchanged commit, checks a slower one. Success means that both verdicts were right.
pub fn demo(common: &Common, console: &Console, interrupt: &Interrupt) -> Result<ExitStatus, AppError> {
    let folder = tempfile::Builder::new()
        .prefix("perfgate-demo-")
        .tempdir()
        .map_err(|error| AppError::usage(format!("cannot create a scratch folder: {error}")))?;
    let scene = Scene::new(folder.path(), common, console, interrupt)?;
    scene.tell(
        "A scratch repository with a model that reads handwritten digits, and a perfgate.toml.\n\
         On the main branch, what is normal gets recorded:",
        "perfgate record",
    )?;
    scene.commit("a digit classifier", "model.onnx", MODEL)?;
    if scene.record()? != ExitStatus::Success {
        return scene.give_up("the model could not be recorded");
    }
    scene.tell("Somebody changes the README. Nothing got slower, and the gate says so:", "perfgate check")?;
    scene.commit("explain the model", "README.md", b"A classifier for 8x8 handwritten digits.\n")?;
    let unchanged = scene.check()?;
    scene.tell(
        "Somebody averages the model over five shifted copies of each image: a better guess,\n\
         perhaps, for five times the arithmetic. The gate turns red:",
        "perfgate check",
    )?;
    scene.commit("average over shifted copies", "model.onnx", SLOWER_MODEL)?;
    let slower = scene.check()?;
    match (unchanged, slower) {
        (ExitStatus::Success, ExitStatus::Regression) => {
            scene.say(
                "\nUnchanged: exit status 0. Slower: exit status 1, which fails a job on a pull request.\n\
                 Your own code: perfgate init writes a perfgate.toml for it, then perfgate record.\n",
            )?;
            Ok(ExitStatus::Success)
        }
        (ExitStatus::Regression, _) => scene.give_up(
            "the unchanged commit looked slower: this machine's speed changed between the two measurements, \
             which is what a stored baseline cannot see",
        ),
        _ => scene.give_up("the slower commit was not caught"),
    }
}

/// The scratch repository and the means to act in it.
struct Scene<'a> {
    folder: &'a Path,
    repository: ScratchRepository,
    common: Common,
    console: Console,
    interrupt: &'a Interrupt,
}

impl<'a> Scene<'a> {
    fn new(folder: &'a Path, common: &Common, console: &Console, interrupt: &'a Interrupt) -> Result<Self, AppError> {
        let scene = Self {
            folder,
            repository: ScratchRepository::create(folder)?,
            common: Common {
                config: Some(folder.join("perfgate.toml")),
                store: None,
                format: Format::Table,
                output: Vec::new(),
                threshold: None,
                alpha: None,
                rounds: None,
                queries: None,
                quick: false,
                seed: common.seed,
                budget: None,
                quiet: true,
                verbose: true,
                color: Color::Auto,
                offline: false,
                no_progress: common.no_progress,
            },
            console: console.in_full(),
            interrupt,
        };
        scene.write("perfgate.toml", CONFIGURATION.as_bytes())?;
        scene.write("digits.csv", DATASET)?;
        Ok(scene)
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), AppError> {
        fs::write(self.folder.join(name), content)
            .map_err(|error| AppError::usage(format!("cannot write to the scratch folder: {error}")))
    }

    fn commit(&self, message: &str, file: &str, content: &[u8]) -> Result<(), AppError> {
        self.write(file, content)?;
        self.repository.commit_all(message)?;
        Ok(())
    }

    fn record(&self) -> Result<ExitStatus, AppError> {
        let once = record::Wish { names: &[], allow_dirty: false, sessions: 1, pause: Duration::ZERO };
        record::record(&once, &self.common, &self.console, self.interrupt)
    }

    fn check(&self) -> Result<ExitStatus, AppError> {
        let wish = check::Wish {
            names: &[],
            baseline: None,
            against: None,
            confirm: Confirm::Auto,
            fail_on: None,
            missing_baseline: None,
        };
        check::check(&wish, &self.common, &self.console, self.interrupt)
    }

    fn say(&self, text: &str) -> Result<(), AppError> {
        self.console.print(text)
    }

    fn tell(&self, what: &str, command: &str) -> Result<(), AppError> {
        self.say(&format!("\n{what}\n\n  $ {command}\n\n"))
    }

    fn give_up(&self, why: &str) -> Result<ExitStatus, AppError> {
        self.say(&format!("\nThe demonstration did not go as it should: {why}.\n"))?;
        Ok(ExitStatus::SystemFailed)
    }
}
