"""Pages of experiments: which load a system carries, and which of two variants is better."""

import json

from workshop import Case, Workshop, at_least, says, worker

# The bound is far away, and the load generator may be as late as it likes: no clock decides what the worker carries.
CAPACITY = """\
[[benchmark]]
name = "quota"
worker = ["./worker"]
scenario = "server"
target_qps = 400
traffic = "constant"
queries = 2
warmup = 0
min_duration = "100ms"
max_duration = "100ms"
latency_bound = "20s"
percentile = 0.9
max_lateness = "1000000%"
rounds = 6
"""
VARIANT = """\
[[benchmark]]
name = NAME
worker = ["PROGRAM"]
rounds = 10
queries = 100
warmup = 0
min_duration = "0s"
max_error_rate = 0.5
"""


def quota(limit: int) -> str:
    """A worker that answers so many queries of a round, and fails the others."""
    each = f"""asked=$((asked + 1))
  answer=
  [ $asked -le {limit} ] || answer=',"error":"no more today"'"""
    return worker("asked=0", each, "$answer")


def of_a_capacity(at: Workshop) -> Case:
    at.write("perfgate.toml", CAPACITY)
    at.write("worker", quota(100)).chmod(0o755)
    at.perfgate("capacity", "quota", "--budget", "1h", "--growth", "1.5", "--price", "0.2/h", "-o", "capacity.html")
    said = ("quota", "p90 < 20 s", "queries a second", "violated", "so that one may fail", "This rests on")
    return Case("a capacity", at.folder / "capacity.html", lambda page: says(page, *said) + at_least(page, plots=1))


def arms(at: Workshop, new: str) -> None:
    # A quarter of what one of them is asked fails.
    at.write("good", quota(1_000_000)).chmod(0o755)
    at.write("bad", quota(75)).chmod(0o755)
    both = (("old", "./good"), (new, "./bad"))
    quoted = ((json.dumps(name), program) for name, program in both)
    at.write("perfgate.toml", "".join(VARIANT.replace("NAME", name).replace("PROGRAM", own) for name, own in quoted))
    at.perfgate("ab", "old", new, "-o", "ab.html")


def of_a_test(at: Workshop) -> Case:
    arms(at, "new")
    said = ("Don't roll out", "new", "error_rate", "latency_p99", "broken", "split as asked")
    return Case("a test of two arms", at.folder / "ab.html", lambda page: says(page, *said) + at_least(page, plots=2))


def of_a_hostile_test(at: Workshop) -> Case:
    name = "</title><script>x</script>" + "y" * 70
    arms(at, name)
    file = at.folder / "ab.html"
    return Case("a test of hostile names", file, lambda page: says(page, name, "error_rate") + at_least(page, plots=2))
