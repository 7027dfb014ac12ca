"""Looks at perfgate's pages in Chromium as people do: in light and dark, on a phone, on paper, by keyboard, by ear.

Usage: python .ci/browser --axe FOLDER [--perfgate PROGRAM] [--pictures FOLDER] [WORD…]

FOLDER holds the package of requirements.txt; PROGRAM is target/release/perfgate if not named. With words, only the
pages with one of them in their name; `self-test` is in those of its own. Needs Chromium and git, and no network.
"""

import argparse
import base64
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import faults
import pages
from checks import VIEWS, keyboard, look, printed, some
from chromium import Broken, Chromium, Page, View
from workshop import Case, Workshop, shows_rows

ROOT = Path(__file__).resolve().parent.parent.parent


class Looker:
    """Opens pages and says what came of it."""

    def __init__(self, browser: Chromium, axe: Path, pictures: "Path | None") -> None:
        self.browser, self.axe, self.pictures = browser, axe, pictures
        self.passed = self.failed = 0

    def problems(self, page: Case) -> Iterator[str]:
        """Everything that is wrong with a page, view by view."""
        for number, view in enumerate(VIEWS):
            with self.browser.page(page.file, view) as open_page:
                for problem in look(open_page, self.axe, first=number == 0):
                    yield f"{view}: {problem}"
                if number == 0:
                    yield from some(page.check(open_page), 10)
                    yield from some(printed(open_page))
                self.picture(open_page, page.name, view)
        with self.browser.page(page.file, VIEWS[0]) as open_page:
            yield from some(keyboard(open_page))

    def picture(self, page: Page, name: str, view: View) -> None:
        if self.pictures:
            file = self.pictures / f"{name}-{view.scheme}-{view.width}-{view.media}.png".replace(" ", "-")
            file.write_bytes(base64.b64decode(page.picture()))

    def judge(self, name: str, problems: "list[str]", begun: float) -> None:
        self.passed += not problems
        self.failed += bool(problems)
        print(f"{'FAILED ' if problems else 'ok     '} {name}, {time.monotonic() - begun:.1f} s", flush=True)
        for problem in problems:
            print(f"        {problem}", flush=True)

    def page(self, page: Case) -> None:
        begun = time.monotonic()
        try:
            problems = list(self.problems(page))
        except Broken as broken:
            problems = [str(broken)]
        self.judge(page.name, problems, begun)

    def fault(self, fault: faults.Fault, folder: Path) -> None:
        """A page that is broken on purpose: what is wrong with it must be found."""
        begun = time.monotonic()
        page = written(folder, fault.page())
        problems = []
        for problem in self.problems(page):
            if fault.found in problem:
                return self.judge(f"self-test: {fault.name}", [], begun)
            problems.append(problem)
        self.judge(f"self-test: {fault.name}", [f"{fault.found!r} was not found, but:", *problems], begun)


def written(folder: Path, html: str) -> Case:
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    return Case("self-test: a sound page", file, lambda page: shows_rows(page, {"rows": [faults.ROW]}))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--axe", type=Path, required=True)
    parser.add_argument("--perfgate", type=Path, default=ROOT / "target" / "release" / "perfgate")
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("words", nargs="*")
    wanted = parser.parse_args()
    if not wanted.perfgate.exists():
        sys.exit(f"{wanted.perfgate} is not there; build it first: cargo build --release")

    def is_wanted(name: str) -> bool:
        return not wanted.words or any(word in name for word in wanted.words)

    with tempfile.TemporaryDirectory(prefix="perfgate-browser-") as scratch:
        folder = Path(scratch)
        with Chromium(folder / "profile") as browser:
            looker = Looker(browser, wanted.axe, wanted.pictures)
            sound = written(folder, faults.SOUND)
            if is_wanted(sound.name):
                looker.page(sound)
            for fault in faults.FAULTS:
                if is_wanted(f"self-test: {fault.name}"):
                    looker.fault(fault, folder)
            for name, make in pages.CASES.items():
                if is_wanted(name):
                    place = folder / name.replace(" ", "-")
                    place.mkdir()
                    looker.page(make(Workshop(place, wanted.perfgate.resolve())))
    print(f"{looker.passed} passed, {looker.failed} failed")
    if looker.failed or not looker.passed:
        sys.exit(1)


main()
