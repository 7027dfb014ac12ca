"""What the action has to do, one case a function. Each gets an empty folder."""

import functools
import hashlib
import http.server
import json
import os
import platform
import subprocess
import tarfile
import textwrap
import threading
from pathlib import Path

from github import GitHub, nobody
from repository import BUILT, CONFIGURATION, DOWNLOAD, ROOT, UPLOAD, Repository
from ruamel.yaml import YAML
from runner import ACTION, without_perfgate

ONE_STEP = f"""\
on: pull_request
permissions: {{}}
jobs:
  perf:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
      - uses: {ACTION}
        with: WITH
"""

SLOWER = "a benchmark got slower; the table is in the log and in the job summary"


def of_the_readme() -> str:
    """The workflow in README.md."""
    block = (ROOT / "README.md").read_text().split("```yaml\n")[1].split("```")[0]
    workflow = textwrap.dedent(block)
    assert ACTION in workflow, f"README.md shows no workflow that uses {ACTION}"
    assert len(workflow.splitlines()) <= 15, "README.md promises a short workflow"
    return workflow


def one_step(**inputs: str) -> str:
    """A workflow of one use of the action, which does not comment unless it is told to."""
    inputs = {"comment": "never"} | {name.replace("_", "-"): value for name, value in inputs.items()}
    return ONE_STEP.replace("WITH", json.dumps(inputs))


def script(name: str) -> str:
    """The shell script of a step of the action."""
    steps = YAML(typ="safe").load(ROOT / "action.yml")["runs"]["steps"]
    return next(step["run"] for step in steps if step["name"] == name)


def the_readme_s_workflow_passes_the_linters(folder: Path) -> None:
    repository = Repository(folder, of_the_readme().replace("COMMIT", 40 * "a"))
    for command in (
        ["actionlint"],
        ["zizmor", "--quiet", "--offline", "--persona=pedantic", "--no-progress", ".github"],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", ".github/workflows/perf.yml"],
    ):
        subprocess.run(command, cwd=repository.folder, check=True, stdout=subprocess.DEVNULL)


def an_unchanged_commit_is_green(folder: Path) -> None:
    with GitHub() as github:
        run = Repository(folder, of_the_readme()).act(**github.variables())
        run.expect("success", verdict="pass", exit_code="0", regressions="0", comment_url="")
        assert not run.errors + run.warnings, run.errors + run.warnings
        assert Path(run.outputs["json"]).name == "perfgate.json"
        assert Path(run.outputs["markdown"]).name == "perfgate.md"
        assert not github.comments, "there is nothing to say"


def a_slower_change_is_red_and_its_comment_turns_green_when_it_is_mended(folder: Path) -> None:
    with GitHub() as github:
        repository = Repository(folder, of_the_readme(), steps=200)
        red = repository.act(**github.variables(run=100))
        red.expect("failure", verdict="regression", exit_code="1", regressions="1")
        first = github.only_comment()
        assert "steps" in first and "regression" in first, first
        assert red.outputs["comment-url"], red.outputs
        assert any("count" in error and "+100" in error for error in red.errors), f"an annotation: {red.errors}"

        repository.change(steps=100)
        green = repository.act(**github.variables(run=101))
        green.expect("success", verdict="pass", exit_code="0", regressions="0")
        second = github.only_comment()
        assert second != first and "regression" not in second.splitlines()[0], second
        assert green.outputs["comment-url"] == red.outputs["comment-url"]

        # The first workflow is run again, and ends late: it is the older one.
        repository.change(steps=200)
        repository.act(**github.variables(run=100)).expect("failure", verdict="regression", exit_code="1")
        assert github.only_comment() == second


def two_gates_in_one_pull_request_have_comments_of_their_own(folder: Path) -> None:
    with GitHub() as github:
        repository = Repository(folder, one_step(comment="always", comment_id="first"))
        repository.act(**github.variables()).expect("success", verdict="pass")
        repository.write(".github/workflows/perf.yml", one_step(comment="always", comment_id="second"))
        repository.act(**github.variables()).expect("success", verdict="pass")
        repository.act(**github.variables()).expect("success", verdict="pass")
        assert len(github.comments) == 2, github.comments


def a_check_that_could_not_run_leaves_no_green_comment(folder: Path) -> None:
    with GitHub() as github:
        repository = Repository(folder, one_step(comment="always"))
        repository.act(**github.variables(run=100)).expect("success", verdict="pass")
        green = github.only_comment()
        repository.write(".github/workflows/perf.yml", one_step(comment="always", threshold="10"))
        repository.act(**github.variables(run=101)).expect("failure", verdict="", exit_code="2")
        told = github.only_comment()
        assert told != green and "status 2" in told, told


def without_the_api_the_gate_still_decides(folder: Path) -> None:
    repository = Repository(folder, of_the_readme())
    run = repository.act(**nobody())
    run.expect("success", verdict="pass", exit_code="0", comment_url="")
    assert any("no comment was written" in warning for warning in run.warnings), run.tail()
    repository.change(steps=200)
    run = repository.act(**nobody())
    run.expect("failure", verdict="regression", exit_code="1", comment_url="")
    assert any("no comment was written" in warning for warning in run.warnings), run.tail()


def a_token_that_may_not_comment_is_told_with_the_permission(folder: Path) -> None:
    with GitHub() as github:
        github.send("_settings", {"read_only": True})
        run = Repository(folder, of_the_readme(), steps=200).act(**github.variables())
        run.expect("failure", verdict="regression", exit_code="1", comment_url="")
        assert any("pull-requests: write" in warning for warning in run.warnings), run.warnings


def on_a_push_there_is_a_summary_and_no_comment(folder: Path) -> None:
    with GitHub() as github:
        workflow = one_step(comment="always", base_ref="HEAD^1").replace("on: pull_request", "on: push")
        repository = Repository(folder, workflow, steps=200)
        push = {"ref": "refs/heads/main", "before": repository.base, "after": repository.head}
        run = repository.act("push", push, **github.variables())
        run.expect("failure", verdict="regression", exit_code="1", comment_url="")
        assert not github.comments and not run.warnings, (github.comments, run.warnings)
        assert Path(run.outputs["markdown"]).name == "perfgate.md"


def a_fork_s_comment_comes_from_the_second_workflow_only(folder: Path) -> None:
    with GitHub() as github:
        repository = Repository(folder, of_the_readme())
        (repository.folder / ".github/workflows/perf.yml").unlink()
        subprocess.run([BUILT, "init"], cwd=repository.folder, check=True, stdout=subprocess.DEVNULL)
        stand_ins = {}
        for workflow in (repository.folder / ".github/workflows").glob("*.yml"):
            for line in workflow.read_text().splitlines():
                uses = line.partition("uses: ")[2].split(" ")[0]
                if uses.startswith("actions/upload-artifact@"):
                    stand_ins[uses] = UPLOAD
                elif uses.startswith("actions/download-artifact@"):
                    stand_ins[uses] = DOWNLOAD
        repository.base = repository.commit("what init writes")
        repository.change(steps=200)

        payload = repository.pull_request(head_repository="stranger/project")
        pull = {"number": 7, "repository": "stranger/project", "branch": "change", "sha": repository.head}
        github.send("_pulls", [pull | {"base": "main", "base_sha": repository.base}])
        github.send("_settings", {"read_only": True})
        run = repository.act(payload=payload, workflow="perf-pr.yml", stand_ins=stand_ins, **github.variables(run=100))
        run.expect("failure", verdict="regression", exit_code="1", comment_url="")
        assert not github.comments, "a fork's token may not write"
        assert (folder / "kept" / "perfgate" / "perfgate.json").exists(), run.tail()

        github.send("_settings", {"read_only": False})
        measured = {
            "id": 100, "run_attempt": 1, "event": "pull_request", "conclusion": "failure", "name": "perf",
            "head_branch": "change", "head_sha": repository.head, "pull_requests": [],
            "head_repository": {"full_name": "stranger/project", "owner": {"login": "stranger"}},
        }  # fmt: skip
        second = {"action": "completed", "workflow_run": measured, "repository": payload["repository"]}
        run = repository.act(
            "workflow_run", second, "perf-comment.yml", stand_ins=stand_ins, **github.variables(run=200)
        )
        run.expect("success", comment_url=run.outputs.get("comment-url", "none"))
        assert "regression" in github.only_comment(), run.tail()


def a_slower_commit_is_red_also_when_perfgate_has_to_be_built(folder: Path) -> None:
    repository = Repository(folder, one_step(), steps=200, with_sources=True)
    run = repository.act(perfgate=False, CARGO_TARGET_DIR=str(ROOT / "target"), CARGO_HOME=cargo_home())
    run.expect("failure", verdict="regression", exit_code="1", regressions="1")
    assert run.said("steps"), run.tail()


def every_exit_status_has_its_message(folder: Path) -> None:
    seen = set()
    for status in ["0", "1", "2", "3", "4", "5", "130", ""]:
        process = bash(script("Apply the exit status"), folder, STATUS=status)
        assert process.returncode == int(status or "1"), (status, process)
        assert (process.stdout == "") == (status == "0"), (status, process)
        assert status == "0" or process.stdout.startswith("::error title=perfgate::"), process
        assert status != "1" or process.stdout == f"::error title=perfgate::{SLOWER}\n", process
        seen.add(process.stdout)
    assert len(seen) == 7, seen


def a_release_is_run_only_if_it_is_what_the_manifest_names(folder: Path) -> None:
    machine = {"x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}[platform.machine()]
    asset = f"perfgate-9.8.7-{machine}-unknown-linux-musl.tar.gz"
    served = folder / "us" / "perfgate" / "releases" / "download" / "v9.8.7"
    served.mkdir(parents=True)
    with tarfile.open(served / asset, "w:gz") as archive:
        archive.add(BUILT, arcname="perfgate-9.8.7/perfgate")
    right = hashlib.sha256((served / asset).read_bytes()).hexdigest()
    source = folder / "action"
    source.mkdir()
    (source / "Cargo.toml").write_text('[package]\nversion = "9.8.7"\n')
    outputs = folder / "outputs"
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def install(checksum: str, version: str = "") -> subprocess.CompletedProcess:
            (source / "release-checksums.txt").write_text(f"{checksum}  {asset}\n")
            outputs.write_text("")
            return bash(
                script("Find, download or build perfgate"), folder,
                SOURCE=str(source), REPOSITORY="us/perfgate", VERSION=version, RUNNER_TEMP=str(folder),
                GITHUB_SERVER_URL=f"http://127.0.0.1:{server.server_port}", GITHUB_OUTPUT=str(outputs),
                PATH=without_perfgate(os.environ["PATH"]),
            )  # fmt: skip

        for version in ["", "9.8.7"]:
            process = install(right, version)
            assert process.returncode == 0, process
            assert "/perfgate-9.8.7/perfgate" in outputs.read_text(), process
        process = install("0" * 64)
        assert process.returncode == 1 and "is not what release-checksums.txt names" in process.stdout, process
        assert outputs.read_text() == "", "nothing of it may be run"
        process = install(right, "1.2.3")
        assert process.returncode == 1 and f"it names: {asset}" in process.stdout, process
        process = install(right, "1.2.3; touch hacked")
        assert process.returncode == 1 and "must be a version" in process.stdout, process
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def without_a_baseline_the_job_fails_unless_it_may_pass(folder: Path) -> None:
    repository = Repository(folder, one_step(base_ref="none"))
    repository.act().expect("failure", verdict="no-baseline", exit_code="3", regressions="0")
    repository.write(".github/workflows/perf.yml", one_step(base_ref="none", missing_baseline="pass"))
    repository.act().expect("success", verdict="no-baseline", exit_code="0", regressions="0")


def every_input_reaches_perfgate(folder: Path) -> None:
    inputs = {
        "command": "check", "working_directory": "sub", "config": "gate.toml", "threshold": "500%", "budget": "1m",
        "baseline": "base.json", "store": "dir:kept", "fail_on": "regression", "report": "report.txt",
        "confirm": "never",
    }  # fmt: skip
    repository = Repository(folder, one_step(**inputs))
    configuration = CONFIGURATION.replace("NAME", "count").replace("./worker", "../worker")
    repository.write("sub/gate.toml", configuration)
    metric = {"name": "count", "metric": "steps", "unit": "1", "direction": "lower", "rounds": [25, 25, 25]}
    repository.write("sub/base.json", json.dumps({"benchmarks": [metric]}))
    repository.commit("a configuration elsewhere")
    repository.act().expect("success", verdict="pass", exit_code="0")
    repository.write(".github/workflows/perf.yml", one_step(**inputs | {"threshold": "200%"}))
    repository.commit("a threshold that is exceeded")
    repository.act().expect("failure", verdict="regression", exit_code="1", regressions="1")


def what_is_recorded_on_the_main_branch_another_job_compares_with(folder: Path) -> None:
    inputs = {"command": "record", "store": "git:perfgate-data"}
    repository = Repository(folder, one_step(**inputs).replace("on: pull_request", "on: push"), steps=200)
    origin = folder / "origin.git"
    repository.git("init", "--quiet", "--bare", str(origin))
    repository.git("remote", "add", "origin", str(origin))
    repository.git("checkout", "--quiet", repository.base)
    push = {"ref": "refs/heads/main", "before": "0" * 40, "after": repository.base}
    repository.act("push", push).expect("success", exit_code="0")
    kept = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "perfgate-data"], cwd=origin, check=True, capture_output=True, text=True
    ).stdout
    assert f"{repository.base}/" in kept, kept

    repository.git("update-ref", "-d", "refs/remotes/origin/perfgate-data")
    repository.git("checkout", "--quiet", "main")
    repository.write(".github/workflows/perf.yml", one_step(base_ref="none", store="git:perfgate-data"))
    repository.act().expect("failure", verdict="regression", exit_code="1", regressions="1")


def wrong_input_runs_nothing(folder: Path) -> None:
    run = Repository(folder, one_step(threshold="10")).act()
    run.expect("failure", exit_code="2", verdict="", json="")
    assert run.said("a percentage such as 10%"), run.tail()


def another_command_is_refused(folder: Path) -> None:
    run = Repository(folder, one_step(command="demo; touch hacked")).act()
    run.expect("failure", exit_code="2")
    assert run.said("the input command must be check, record or comment"), run.tail()


def a_pull_request_s_numbers_become_no_baseline(folder: Path) -> None:
    run = Repository(folder, one_step(command="record")).act()
    run.expect("failure", exit_code="2", json="")
    assert run.said("a pull request's numbers are no baseline"), run.tail()


def a_name_cannot_speak_to_the_runner(folder: Path) -> None:
    run = Repository(folder, one_step(fail_on="regression"), name="::error::caught", steps=200).act()
    assert run.said("caught"), "the name is shown"
    assert not any(error.endswith(": caught") or error.startswith(": ") for error in run.errors), run.errors


CASES = [
    the_readme_s_workflow_passes_the_linters,
    an_unchanged_commit_is_green,
    a_slower_change_is_red_and_its_comment_turns_green_when_it_is_mended,
    two_gates_in_one_pull_request_have_comments_of_their_own,
    a_check_that_could_not_run_leaves_no_green_comment,
    without_the_api_the_gate_still_decides,
    a_token_that_may_not_comment_is_told_with_the_permission,
    on_a_push_there_is_a_summary_and_no_comment,
    a_fork_s_comment_comes_from_the_second_workflow_only,
    a_slower_commit_is_red_also_when_perfgate_has_to_be_built,
    every_exit_status_has_its_message,
    a_release_is_run_only_if_it_is_what_the_manifest_names,
    without_a_baseline_the_job_fails_unless_it_may_pass,
    every_input_reaches_perfgate,
    what_is_recorded_on_the_main_branch_another_job_compares_with,
    wrong_input_runs_nothing,
    another_command_is_refused,
    a_pull_request_s_numbers_become_no_baseline,
    a_name_cannot_speak_to_the_runner,
]


def bash(text: str, folder: Path, **variables: str) -> subprocess.CompletedProcess:
    """Runs a script as the runner does."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
        env=os.environ | variables,
        cwd=folder,
        capture_output=True,
        text=True,
    )


def cargo_home() -> str:
    return os.environ.get("CARGO_HOME", str(Path.home() / ".cargo"))
