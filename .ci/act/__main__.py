#!/usr/bin/env python3
"""Runs the action, in workflows and for real, over a sample repository; `act` stands in for GitHub.

The first workflow is the one that README.md shows. Usage: act-test, with act, actionlint, zizmor and cargo on PATH and
perfgate built in target/release. Needs no network and no container engine.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "target" / "release" / "perfgate"

CONFIGURATION = """\
[gate]
threshold = 0.5

[[benchmark]]
name = "NAME"
worker = ["./worker"]
rounds = 3
queries = 12
min_duration = "0s"

[benchmark.metrics]
latency_p50.gate = false
latency_p90.gate = false
"""

# Its metric does not depend on the machine, so neither do the verdicts.
WORKER = """\
#!/bin/sh
echo '{"metric":"steps","value":STEPS}' >>"$PERFGATE_METRICS"
echo '{"ready":true}'
while read -r line; do
  id=${line#*'"id":'}
  echo "{\\"id\\":${id%%,*}}"
done
"""

ONE_STEP = """\
on: pull_request
permissions: {}
jobs:
  perf:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
      - uses: ./perfgate
        with: WITH
"""

SLOWER = "a benchmark got slower; the table is in the log and in the job summary"

# How README.md spells the action.
ACTION = "OWNER/perfgate@COMMIT"


class Sample:
    """A repository with a base commit and a merge of a change into it, and the action in the folder `perfgate`."""

    def __init__(
        self, folder: Path, workflow: str, name: str = "count", steps: int = 100, with_sources: bool = False
    ) -> None:
        self.folder = folder / "repository"
        self.folder.mkdir()
        self.events = folder
        self.write("perfgate.toml", CONFIGURATION.replace("NAME", name))
        self.write("worker", WORKER.replace("STEPS", "100")).chmod(0o755)
        self.write(".github/workflows/perf.yml", workflow)
        for file in sources() if with_sources else ["action.yml"]:
            target = self.folder / "perfgate" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, target)
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("base")
        self.git("checkout", "--quiet", "-b", "change")
        self.write("worker", WORKER.replace("STEPS", str(steps)))
        self.write("README", "changed")
        self.commit("change")
        self.git("checkout", "--quiet", "main")
        self.git("merge", "--quiet", "--no-ff", "--message=merge", "change")

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=ci", "-c", "user.email=ci@perfgate.invalid"]
        subprocess.run(["git", *identity, *arguments], cwd=self.folder, check=True)

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", f"--message={message}")

    def act(self, perfgate: bool = True, **variables: str) -> "Run":
        """Runs the workflow as for a pull request; with perfgate on PATH or without."""
        event = self.events / "event.json"
        event.write_text(json.dumps({"pull_request": {"number": 1}}))
        command = ["act", "pull_request", "--workflows=.github/workflows/perf.yml", f"--eventpath={event}"]
        command += ["--platform=ubuntu-24.04=-self-hosted", "--secret=GITHUB_TOKEN=no-token-at-all"]
        command += ["--no-cache-server", "--json"]
        command += [f"--env={key}={value}" for key, value in variables.items()]
        path = os.environ["PATH"].split(os.pathsep)
        path = [folder for folder in path if not (Path(folder) / "perfgate").exists()]
        if perfgate:
            path.insert(0, str(BUILT.parent))
        # What the runner that this may run on says of itself is not what act says of its own.
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "RUNNER_", "ACTIONS_"))
        }
        environment |= {"PATH": os.pathsep.join(path)}
        environment |= {"XDG_CACHE_HOME": str(self.events / "cache"), "XDG_CONFIG_HOME": str(self.events / "config")}
        process = subprocess.run(
            command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        return Run(process)


class Run:
    """What act told about a run."""

    def __init__(self, process: subprocess.CompletedProcess) -> None:
        self.text = process.stdout + process.stderr
        self.lines = [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]

    @property
    def result(self) -> str:
        return next((line["jobResult"] for line in reversed(self.lines) if "jobResult" in line), "none")

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of the last use of the action."""
        found = {}
        for line in self.lines:
            if line.get("command") == "set-output" and len(line["stepID"]) == 1:
                found[line["name"]] = line["arg"]
        return found

    @property
    def errors(self) -> list[str]:
        return [line["arg"] for line in self.lines if line.get("command") == "error"]

    def said(self, text: str) -> bool:
        return any(text in line.get("msg", "") for line in self.lines)

    def expect(self, result: str, **outputs: str) -> None:
        found = self.outputs
        wanted = {name.replace("_", "-"): value for name, value in outputs.items()}
        if self.result != result or any(found.get(name) != value for name, value in wanted.items()):
            raise AssertionError(f"expected {result} with {wanted}, found {self.result} with {found}\n{self.tail()}")

    def tail(self) -> str:
        return "\n".join(line.get("msg", "").rstrip() for line in self.lines[-60:]) or self.text


def sources() -> list[str]:
    """The files of this repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()


def of_the_readme(action: str = "./perfgate") -> str:
    """The workflow in README.md, with this for the action."""
    block = (ROOT / "README.md").read_text().split("```yaml\n")[1].split("```")[0]
    workflow = textwrap.dedent(block)
    assert ACTION in workflow, f"README.md shows no workflow that uses {ACTION}"
    assert len(workflow.splitlines()) <= 15, "README.md promises a short workflow"
    return workflow.replace(ACTION, action)


def one_step(**inputs: str) -> str:
    return ONE_STEP.replace("WITH", json.dumps({name.replace("_", "-"): value for name, value in inputs.items()}))


def the_readme_s_workflow_passes_the_linters(folder: Path) -> None:
    sample = Sample(folder, of_the_readme(f"perfgate/perfgate@{40 * 'a'}"))
    for command in (["actionlint"], ["zizmor", "--quiet", "--offline", "--no-progress", ".github"]):
        subprocess.run(command, cwd=sample.folder, check=True)


def an_unchanged_commit_is_green(folder: Path) -> None:
    run = Sample(folder, of_the_readme()).act()
    run.expect("success", verdict="pass", exit_code="0", regressions="0")
    assert not run.errors, run.errors
    assert Path(run.outputs["json"]).name == "perfgate.json"
    assert Path(run.outputs["markdown"]).name == "perfgate.md"


def a_slower_commit_is_red_also_when_perfgate_has_to_be_built(folder: Path) -> None:
    sample = Sample(folder, of_the_readme(), steps=200, with_sources=True)
    run = sample.act(perfgate=False, CARGO_TARGET_DIR=str(ROOT / "target"), CARGO_HOME=cargo_home())
    run.expect("failure", verdict="regression", exit_code="1", regressions="1")
    assert run.said("steps"), run.tail()
    # act may lose what a step prints just before it ends; the next case asks the step itself.
    assert set(run.errors) <= {SLOWER}, run.errors


def every_exit_status_has_its_message(folder: Path) -> None:
    action = YAML(typ="safe").load(ROOT / "action.yml")
    script = next(step["run"] for step in action["runs"]["steps"] if step["name"] == "Apply the exit status")
    seen = set()
    for status in ["0", "1", "2", "3", "4", "5", "130", ""]:
        process = subprocess.run(
            ["bash", "-e", "-c", script],
            env=os.environ | {"STATUS": status},
            cwd=folder,
            capture_output=True,
            text=True,
        )
        assert process.returncode == int(status or "1"), (status, process)
        assert (process.stdout == "") == (status == "0"), (status, process)
        assert status == "0" or process.stdout.startswith("::error title=perfgate::"), process
        assert status != "1" or process.stdout == f"::error title=perfgate::{SLOWER}\n", process
        seen.add(process.stdout)
    assert len(seen) == 7, seen


def without_a_baseline_the_job_fails(folder: Path) -> None:
    Sample(folder, one_step()).act().expect("failure", verdict="no-baseline", exit_code="3", regressions="0")


def every_input_reaches_perfgate(folder: Path) -> None:
    workflow = one_step(
        command="check", working_directory="sub", config="gate.toml", threshold="500%", baseline="base.json",
        store="dir:kept", fail_on="regression",
    )  # fmt: skip
    sample = Sample(folder, workflow)
    configuration = CONFIGURATION.replace("NAME", "count").replace("./worker", "../worker")
    sample.write("sub/gate.toml", configuration)
    metric = {"name": "count", "metric": "steps", "unit": "1", "direction": "lower", "rounds": [25, 25, 25]}
    sample.write("sub/base.json", json.dumps({"benchmarks": [metric]}))
    sample.commit("a configuration elsewhere")
    sample.act().expect("success", verdict="pass", exit_code="0")
    sample.write(".github/workflows/perf.yml", workflow.replace("500%", "200%"))
    sample.commit("a threshold that is exceeded")
    sample.act().expect("failure", verdict="regression", exit_code="1", regressions="1")


def wrong_input_runs_nothing(folder: Path) -> None:
    run = Sample(folder, one_step(threshold="10")).act()
    run.expect("failure", exit_code="2", verdict="", json="")
    assert run.said("a percentage such as 10%"), run.tail()


def another_command_is_refused(folder: Path) -> None:
    run = Sample(folder, one_step(command="demo; touch hacked")).act()
    run.expect("failure", exit_code="")
    assert run.said("the input command must be check or record"), run.tail()


def a_name_cannot_speak_to_the_runner(folder: Path) -> None:
    run = Sample(folder, one_step(fail_on="regression"), name="::error::caught").act()
    assert run.said("caught"), "the name is shown"
    assert not any("caught" in error for error in run.errors), run.errors


CASES = [
    the_readme_s_workflow_passes_the_linters,
    an_unchanged_commit_is_green,
    a_slower_commit_is_red_also_when_perfgate_has_to_be_built,
    every_exit_status_has_its_message,
    without_a_baseline_the_job_fails,
    every_input_reaches_perfgate,
    wrong_input_runs_nothing,
    another_command_is_refused,
    a_name_cannot_speak_to_the_runner,
]


def cargo_home() -> str:
    return os.environ.get("CARGO_HOME", str(Path.home() / ".cargo"))


def main() -> None:
    if not BUILT.exists():
        sys.exit("build perfgate first: cargo build --release")
    failed = 0
    for case in CASES:
        name = case.__name__.replace("_", " ").replace("readme s", "readme's")
        with tempfile.TemporaryDirectory(prefix="perfgate-act-") as folder:
            try:
                case(Path(folder))
                print(f"ok      {name}", flush=True)
            except (AssertionError, subprocess.CalledProcessError) as problem:
                failed += 1
                print(f"FAILED  {name}\n{problem}", flush=True)
    if failed:
        sys.exit(f"{failed} of {len(CASES)} cases failed")


main()
