"""A repository to run workflows in: a base commit, a merge of a change into it, a benchmark with an exact metric."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from runner import ACTION, Run, without_perfgate

ROOT = Path(__file__).resolve().parent.parent.parent
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

# Stand-ins for GitHub's actions that keep files between jobs: act cannot fetch those.
UPLOAD = """\
name: upload
description: Keeps files under a name.
inputs:
  name: {description: Of what is kept.}
  path: {description: What to keep.}
  retention-days: {description: Not heeded.}
  if-no-files-found: {description: Not heeded.}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        NAME: ${{ inputs.name }}
        FILES: ${{ inputs.path }}
      run: mkdir -p "$KEPT_FILES/$NAME" && cp "$FILES" "$KEPT_FILES/$NAME/"
"""

DOWNLOAD = """\
name: download
description: Brings what was kept under a name.
inputs:
  name: {description: Of what was kept.}
  path: {description: Where to put it.}
  run-id: {description: Not heeded.}
  github-token: {description: Not heeded.}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        NAME: ${{ inputs.name }}
        FOLDER: ${{ inputs.path }}
      run: mkdir -p "$FOLDER" && cp "$KEPT_FILES/$NAME"/* "$FOLDER/"
"""


class Repository:
    """A repository with a base commit and the trial merge of a change into it, and the action beside it."""

    def __init__(
        self, folder: Path, workflow: str, name: str = "count", steps: int = 100, with_sources: bool = False
    ) -> None:
        self.around = folder
        self.folder = folder / "repository"
        self.folder.mkdir()
        self.action = folder / "action"
        for file in sources() if with_sources else ["action.yml"]:
            target = self.action / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, target)
        self.write("perfgate.toml", CONFIGURATION.replace("NAME", name))
        self.write("worker", WORKER.replace("STEPS", "100")).chmod(0o755)
        self.write(".github/workflows/perf.yml", workflow)
        self.git("init", "--quiet", "--initial-branch=main")
        self.base = self.commit("base")
        self.change(steps)

    def change(self, steps: int) -> None:
        """Pushes a change with so many steps; what is checked out is GitHub's trial merge of it."""
        self.git("checkout", "--quiet", "-B", "change", self.base)
        self.write("worker", WORKER.replace("STEPS", str(steps)))
        self.write("README", f"changed to {steps} steps")
        self.head = self.commit("change")
        self.git("checkout", "--quiet", "-B", "main", self.base)
        self.git("merge", "--quiet", "--no-ff", "--message=merge", "change")

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=ci", "-c", "user.email=ci@perfgate.invalid"]
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", f"--message={message}")
        return self.git("rev-parse", "HEAD")

    def pull_request(self, head_repository: str = "us/project") -> dict:
        """GitHub's event of a push to the change's branch."""
        head = {"sha": self.head, "ref": "change", "repo": {"full_name": head_repository}}
        base = {"sha": self.base, "ref": "main", "repo": {"full_name": "us/project"}}
        return {
            "action": "synchronize",
            "number": 7,
            "pull_request": {"number": 7, "head": head, "base": base},
            "repository": {"full_name": "us/project", "default_branch": "main"},
        }

    def act(
        self,
        event: str = "pull_request",
        payload: dict | None = None,
        workflow: str = "perf.yml",
        perfgate: bool = True,
        stand_ins: dict[str, str] | None = None,
        **variables: str,
    ) -> Run:
        """Runs a workflow as for this event; with perfgate on PATH or without."""
        file = self.around / "event.json"
        file.write_text(json.dumps(payload or self.pull_request()))
        command = ["act", event, f"--workflows=.github/workflows/{workflow}", f"--eventpath={file}"]
        command += ["--platform=ubuntu-24.04=-self-hosted", "--secret=GITHUB_TOKEN=no-token-at-all"]
        command += ["--no-cache-server", "--json", f"--local-repository={ACTION}={self.action}"]
        for number, (uses, text) in enumerate((stand_ins or {}).items()):
            folder = self.around / f"stand-in-{number}"
            folder.mkdir(exist_ok=True)
            (folder / "action.yml").write_text(text)
            command.append(f"--local-repository={uses}={folder}")
        variables = {"GITHUB_REPOSITORY": "us/project", "KEPT_FILES": str(self.around / "kept")} | variables
        command += [f"--env={key}={value}" for key, value in variables.items()]
        # What the runner that this may run on says of itself is not what act says of its own.
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "RUNNER_", "ACTIONS_"))
        }
        path = without_perfgate(os.environ["PATH"])
        environment["PATH"] = os.pathsep.join([str(BUILT.parent), path] if perfgate else [path])
        environment |= {"XDG_CACHE_HOME": str(self.around / "cache"), "XDG_CONFIG_HOME": str(self.around / "config")}
        process = subprocess.run(
            command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        return Run(process)


def sources() -> list[str]:
    """The files of this repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [file for file in listed if (ROOT / file).exists()]
