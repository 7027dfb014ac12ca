"""Where pages are made: a folder, the program, and what is asked of a page that is made of a document.

Here: what more than one page needs. Not here: the pages (`reports`, `verbs`).
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Callable, NamedTuple

import rows
from chromium import Page
from documents import write

# A page with more does not stay usable: of bytes to be sent around, of elements, of plots that nobody looks through.
MOST_BYTES, MOST_NODES, MOST_PLOTS = 8_000_000, 60_000, 160
# So many rows are read back from each table of a comparison.
READ = 8


class Case(NamedTuple):
    """A page, and what is checked of it alone."""

    name: str
    file: Path
    check: Callable[[Page], list[str]]


class Workshop(NamedTuple):
    """A folder to make a page in, and the program that makes it."""

    folder: Path
    program: Path

    def perfgate(self, *arguments: Any, status: int = 0) -> None:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "PERFGATE_"))
        }
        environment |= {"NO_COLOR": "1", "PERFGATE_CACHE_DIR": str(self.folder / "cache")}
        run(self.folder, environment, status, self.program, *arguments)

    def git(self, *arguments: str, day: int = 1) -> str:
        moment = f"2026-03-{day:02d}T12:00:00Z"
        environment = os.environ | {
            "GIT_AUTHOR_DATE": moment,
            "GIT_COMMITTER_DATE": moment,
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        identity = ("-c", "user.name=ci", "-c", "user.email=ci@perfgate.invalid")
        return run(self.folder, environment, 0, "git", *identity, *arguments)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def document(self, name: str, document: dict) -> Path:
        return write(document, self.folder / name)

    def read(self, name: str) -> dict:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def report(self, *files: Path) -> Path:
        """The page that `perfgate report` makes of these."""
        self.perfgate("report", *(file.name for file in files), "-o", "report.html")
        return self.folder / "report.html"


def run(folder: Path, environment: dict[str, str], status: int, *command: Any) -> str:
    process = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if process.returncode != status:
        said = f"{process.stdout[-2000:]}\n{process.stderr[-2000:]}"
        raise AssertionError(f"{' '.join(map(str, command))} ended with {process.returncode}, not {status}:\n{said}")
    return process.stdout.strip()


# A worker in shell; `:` does nothing.
WORKER = """\
#!/bin/sh
FIRST
echo '{"ready":true}'
while read -r line; do
  id=${line#*'"id":'}
  EACH
  echo "{\\"id\\":${id%%,*}ANSWER}"
done
"""


def worker(first: str = ":", each: str = ":", answer: str = "") -> str:
    """A worker that does one thing before it is ready and another for each query, and says this after its number."""
    return WORKER.replace("FIRST", first).replace("EACH", each).replace("ANSWER", answer)


def says(page: Page, *texts: str) -> list[str]:
    """Those of these texts that do not stand on the page."""
    said = " ".join(page.ask("document.body.textContent").split())
    return [f"the page does not say {text!r}" for text in texts if text not in said]


# How a comparison's columns are called; others may stand between them.
COLUMNS = {
    "benchmark": "benchmark",
    "metric": "metric",
    "baseline": "baseline",
    "candidate": "candidate",
    "change": "change",
    "interval": "interval",
    "p": "p",
    "verdict": "verdict",
}


def shows_rows(page: Page, comparison: dict, most: int = READ) -> list[str]:
    """What the table of a comparison says that its document does not, in the first rows, the worst first."""
    # What is unchanged stands below, in a fold; a column in which no row has anything is left out.
    listed = [row for row in comparison["rows"] if row["verdict"] != "unchanged"]
    expected = rows.of_comparison({"rows": listed})[:most]
    columns = {what: heading for what, heading in COLUMNS.items() if any(what in row for row in expected)}
    table = rows.with_columns(page.ask("asks.tables()"), *columns.values())
    if table is None:
        return [f"no table has the columns {', '.join(columns.values())}"]
    return rows.differences(table, expected, columns)


def counts(page: Page) -> dict[str, int]:
    return page.ask(
        """({
            nodes: document.querySelectorAll("*").length,
            plots: document.querySelectorAll("svg").length,
            drawn: [...document.querySelectorAll("svg")].filter(one => one.checkVisibility()).length,
            folds: document.querySelectorAll("details").length,
            open: document.querySelectorAll("details[open]").length,
            scripts: document.querySelectorAll("script").length,
        })"""
    )


def at_least(page: Page, **wanted: int) -> list[str]:
    """Those of these counts that the page falls short of."""
    found = counts(page)
    return [f"{found[what]} {what} instead of {least} or more" for what, least in wanted.items() if found[what] < least]
