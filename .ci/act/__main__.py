"""Runs the action, in workflows and for real, over a sample repository; `act` stands in for GitHub.

The first workflow is the one that README.md shows. Usage: python .ci/act [WORD…], with act, actionlint, zizmor,
check-jsonschema and cargo on PATH; perfgate has to be built in target/release, the example fake_github in
target/debug. With words, only the cases with one of them in their name. Needs no network and no container engine.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import github
from cases import CASES
from repository import BUILT

# Most of the time a case waits for programs to start, and one waits for an API that does not answer.
AT_ONCE = 4


def main() -> None:
    for program in (BUILT, github.PROGRAM):
        if not program.exists():
            sys.exit(f"build {program.name} first: cargo build --release; cargo build --example fake_github")
    words = sys.argv[1:]
    cases = [case for case in CASES if not words or any(word in case.__name__ for word in words)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        passed = list(pool.map(passes, cases))
    if not all(passed) or not cases:
        sys.exit(f"{passed.count(False)} of {len(cases)} cases failed")


def passes(case: Callable[[Path], None]) -> bool:
    """Runs a case in a folder of its own, and says what came of it."""
    name = case.__name__.replace("_s_", "'s ").replace("_", " ")
    with tempfile.TemporaryDirectory(prefix="perfgate-act-") as folder:
        try:
            case(Path(folder))
        except (AssertionError, subprocess.CalledProcessError) as problem:
            print(f"FAILED  {name}\n{problem}", flush=True)
            return False
    print(f"ok      {name}", flush=True)
    return True


main()
