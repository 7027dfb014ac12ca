"""Pages that the other verbs write, of what they have just measured or found in a store."""

from typing import Callable

import documents
from chromium import Page
from documents import Measured, benchmark, kept, result
from workshop import MOST_BYTES, MOST_NODES, MOST_PLOTS, Case, Workshop, at_least, counts, says, shows_rows, worker

CONFIGURATION = """\
[[benchmark]]
name = "count"
worker = ["./worker"]
rounds = 4
queries = 12
min_duration = "0s"

[benchmark.metrics]
latency_p50.gate = false
latency_p90.gate = false
"""


def counted(steps: int) -> str:
    """A worker whose only metric that is judged does not depend on the machine."""
    return worker(f"""echo '{{"metric":"steps","value":{steps}}}' >>"$PERFGATE_METRICS\"""")


def project(at: Workshop) -> None:
    """A repository with a benchmark and a commit."""
    at.write("perfgate.toml", CONFIGURATION)
    at.write("worker", counted(100)).chmod(0o755)
    at.git("init", "--quiet", "--initial-branch=main")
    at.git("add", "perfgate.toml", "worker")
    at.git("commit", "--quiet", "--message=first")


def of_a_run(at: Workshop) -> Case:
    project(at)
    at.perfgate("run", "-o", "run.html")
    return Case("a run", at.folder / "run.html", lambda page: says(page, "count", "steps") + at_least(page, plots=1))


def of_a_check(at: Workshop) -> Case:
    project(at)
    at.perfgate("record")
    at.write("worker", counted(150)).chmod(0o755)
    at.git("commit", "--quiet", "--all", "--message=second")
    at.perfgate("check", "-o", "check.html", "-o", "check.json", status=1)
    comparison = at.read("check.json")
    return Case("a check", at.folder / "check.html", lambda page: shows_rows(page, comparison, 1) + says(page, "+50"))


def staged(decode: str) -> str:
    """A worker that reports times of stages which do not depend on the machine, the slowest of them longer at times."""
    each = """turn=$((turn + 1))
  store=400
  [ $((turn % 50)) -ne 7 ] || store=9000"""
    stages = f',\\"stages\\":{{\\"{decode}\\":1200,\\"infer\\":5100,\\"store\\":$store}}'
    return worker("turn=0", each, stages)


def profile_of(at: Workshop, decode: str) -> None:
    at.write("perfgate.toml", CONFIGURATION.replace("queries = 12", "queries = 200"))
    at.write("worker", staged(decode)).chmod(0o755)
    at.perfgate("profile", "count", "-o", "profile.html")


def of_a_profile(at: Workshop) -> Case:
    profile_of(at, "decode")
    said = ("count", "decode", "infer", "store", "bottleneck", "Amdahl", "5.10 µs", "processor time")
    return Case("a profile", at.folder / "profile.html", lambda page: says(page, *said) + at_least(page, plots=5))


def of_a_hostile_profile(at: Workshop) -> Case:
    profile_of(at, "</title><script>x</script>" + "y" * 3000)
    said = ("</title><script>x</script>yyy", "infer")
    file = at.folder / "profile.html"
    return Case("a profile with hostile names", file, lambda page: says(page, *said) + at_least(page, plots=4))


def of_a_plan(at: Workshop) -> Case:
    project(at)
    at.perfgate("record")
    at.perfgate("plan", "-o", "plan.html")
    return Case("a plan", at.folder / "plan.html", lambda page: says(page, "count", "steps"))


def of_a_selftest(at: Workshop) -> Case:
    project(at)
    at.perfgate("selftest", "--budget", "1ms", "-o", "selftest.html")
    return Case("a selftest", at.folder / "selftest.html", lambda page: says(page, "count"))


def of_baselines(at: Workshop) -> Case:
    project(at)
    at.perfgate("record")
    at.perfgate("baselines", "list", "-o", "baselines.html")
    commit = at.git("rev-parse", "HEAD")
    return Case("baselines", at.folder / "baselines.html", lambda page: says(page, commit[:8]))


MACHINES = ("linux-x86_64-4c-16g-1f0a22bc", "linux-aarch64-8c-32g-2b3c4d5e")


def recorded(at: Workshop, commits: int, levels: Callable[[int], list[Measured]]) -> list[str]:
    """A repository whose every commit was recorded, at times on another machine; the commits, in order."""
    at.write("perfgate.toml", CONFIGURATION)
    at.git("init", "--quiet", "--initial-branch=main")
    at.git("add", "perfgate.toml")
    found = []
    for number in range(commits):
        subject = documents.HOSTILE[0] if number == 3 else f"change {number}"
        at.git("commit", "--quiet", "--allow-empty", f"--message={subject}", day=1 + number % 28)
        commit = at.git("rev-parse", "HEAD")
        # The second machine takes over for good, and a third of the commits before that are on both.
        machines = MACHINES[1:] if number >= commits * 2 // 3 else MACHINES if number % 3 == 0 else MACHINES[:1]
        for place, machine in enumerate(machines):
            faster = 0.6 if machine == MACHINES[1] else 1.0
            made = [
                benchmark(one._replace(median=one.median * faster), f"{machine} {number}") for one in levels(number)
            ]
            for one in made:
                del one["course"]
            environment = kept("v1/result.json")["environment"] | {"fingerprint": machine}
            moment = f"2026-03-{1 + number % 28:02d}T12:{place:02d}:00Z"
            document = result(made, commit, "baseline", environment=environment, recorded_at=moment)
            at.document(f"baselines/{commit}/{machine}.json", document)
        found.append(commit)
    return found


def of_a_history(at: Workshop) -> Case:
    def levels(number: int) -> list[Measured]:
        slow = 1.4 if number >= 20 else 1.0
        fast = 0.7 if number >= 30 else 1.0
        few = Measured("digits/server", 4e6 * slow, 0.003, 5, 40), Measured("tokenize", 812e3 * fast, 0.003, 5, 40)
        steps = Measured("parse", 2e5, 0.003, 5, 40, steps=100 if number < 26 else 120)
        young = [Measured("young", 1e5, 0.01, 5, 40)] if number >= 44 else []
        return [*few, steps, *young]

    commits = recorded(at, 48, levels)
    at.perfgate("history", "-o", "trend.html", "-o", "trend.json")
    history = at.read("trend.json")
    changes = {(point["benchmark"], point["commit"]) for point in history["change_points"]}
    for wanted in (("digits/server", commits[20]), ("tokenize", commits[30]), ("parse", commits[26])):
        if wanted not in changes:
            raise AssertionError(f"the history does not have {wanted} among {changes}")
    return Case(
        "a history",
        at.folder / "trend.html",
        lambda page: says(page, *MACHINES, commits[20][:8], commits[30][:8], "young") + at_least(page, plots=3),
    )


def of_a_long_history(at: Workshop) -> Case:
    names = [f"area-{place % 7}/benchmark-{place:03d}" for place in range(100)]

    def levels(number: int) -> list[Measured]:
        moved = {place for place in range(100) if place % 9 == 0 and number >= 10 + place // 9}
        return [
            Measured(name, 1e5 * (1 + place) * (1.3 if place in moved else 1.0), 0.004, 3, 8)
            for place, name in enumerate(names)
        ]

    recorded(at, 30, levels)
    at.perfgate("history", "-o", "trend.html")
    file = at.folder / "trend.html"

    def stays_usable(page: Page) -> list[str]:
        found, size = counts(page), file.stat().st_size
        print(f"        information: {size / 1e6:.2f} MB, {found}")
        limits = (
            ("bytes", size, MOST_BYTES),
            ("nodes", found["nodes"], MOST_NODES),
            ("plots", found["plots"], MOST_PLOTS),
        )
        return [f"{number} {what}, more than {most}" for what, number, most in limits if number > most]

    return Case("a history of 100 benchmarks", file, stays_usable)


def of_no_history(at: Workshop) -> Case:
    project(at)
    at.perfgate("history", "-o", "trend.html")
    return Case("no history", at.folder / "trend.html", lambda page: says(page, "recorded"))
