"""What act told about a run."""

import json
import os
import subprocess
from pathlib import Path

# How README.md spells the action.
ACTION = "OWNER/perfgate@COMMIT"


class Run:
    """A run of a workflow."""

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
        return self.commands("error")

    @property
    def warnings(self) -> list[str]:
        return self.commands("warning")

    def commands(self, name: str) -> list[str]:
        """Workflow commands of this name: title and text."""
        found = [line for line in self.lines if line.get("command") == name]
        return [f"{(line.get('kvPairs') or {}).get('title', '')}: {line['arg']}" for line in found]

    def said(self, text: str) -> bool:
        return any(text in line.get("msg", "") for line in self.lines)

    def expect(self, result: str, **outputs: str) -> None:
        found = self.outputs
        wanted = {name.replace("_", "-"): value for name, value in outputs.items()}
        if self.result != result or any(found.get(name) != value for name, value in wanted.items()):
            raise AssertionError(f"expected {result} with {wanted}, found {self.result} with {found}\n{self.tail()}")

    def tail(self) -> str:
        return "\n".join(line.get("msg", "").rstrip() for line in self.lines[-60:]) or self.text


def without_perfgate(path: str) -> str:
    """The search path without the folders that hold a perfgate."""
    return os.pathsep.join(folder for folder in path.split(os.pathsep) if not (Path(folder) / "perfgate").exists())
