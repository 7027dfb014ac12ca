"""Documents to make pages of, the same in every run: what perfgate would have written of made-up measurements.

Everything about a benchmark is computed from its queries, so that its rounds, its distribution and its course agree.
What is not about a benchmark comes from documents that the repository keeps.
"""

import copy
import json
import math
import random
from pathlib import Path
from typing import Any, NamedTuple, Optional

ROOT = Path(__file__).resolve().parent.parent.parent
WIRE = ROOT / "fixtures" / "wire"
# Windows of a round's course, warm-up and timed, and rounds of it, as many as perfgate keeps.
WARM_UP, TIMED, COURSES = 8, 24, 8


class Measured(NamedTuple):
    """What shall be measured of a benchmark."""

    name: str
    median: float = 1e6
    """Nanoseconds."""
    noise: float = 0.01
    """Standard deviation of a round's level, relative."""
    rounds: int = 10
    queries: int = 100
    """Of a round."""
    scenario: str = "single-stream"
    steps: Optional[int] = None
    """A metric of its own that never varies."""


def kept(name: str) -> dict[str, Any]:
    """A document of `fixtures/wire`."""
    return json.loads((WIRE / name).read_text(encoding="utf-8"))


def result(benchmarks: list[dict], commit: str = "8be01d4c" * 5, kind: str = "result", **more: Any) -> dict[str, Any]:
    """A result or a baseline with these benchmarks, on the machine of the one that is kept."""
    document = kept("v1/result.json")
    document |= {"schema": f"perfgate.{kind}/1", "commit": commit, "benchmarks": benchmarks} | more
    return document


def write(document: dict, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def benchmark(wanted: Measured, seed: str) -> dict[str, Any]:
    """A benchmark as it stands in a result document. The same seed gives the same noise."""
    chance = random.Random(f"{seed} {wanted.name}")
    rounds = [one_round(wanted, chance, number) for number in range(wanted.rounds)]
    metrics = [
        metric("latency_mean", "ns", "lower", False, [sum(timed) / len(timed) for _, timed in rounds]),
        *(
            metric(f"latency_{name}", "ns", "lower", gate, [quantile(timed, share) for _, timed in rounds])
            for name, share, gate in (("p50", 0.5, True), ("p90", 0.9, True), ("p99", 0.99, False), ("max", 1.0, False))
        ),
        metric("throughput", "1/s", "higher", False, [1e9 * len(timed) / sum(timed) for _, timed in rounds]),
        metric("error_rate", "ratio", "lower", True, [0.0 for _ in rounds]),
    ]
    if wanted.steps is not None:
        metrics.append(metric("steps", "steps", "lower", True, [float(wanted.steps) for _ in rounds]))
    courses = spread(len(rounds), COURSES)
    return {
        "name": wanted.name,
        "scenario": wanted.scenario,
        "recorded_at": "2026-03-01T22:40:47Z",
        "queries": wanted.rounds * wanted.queries,
        "round_duration": int(wanted.median * wanted.queries * 1.3),
        "metrics": metrics,
        "latencies": buckets(latency for _, timed in rounds for latency in timed),
        "course": [course(number, *rounds[number]) for number in courses],
    }


def metric(name: str, unit: str, direction: str, gate: bool, rounds: list[float]) -> dict[str, Any]:
    return {"name": name, "unit": unit, "direction": direction, "gate": gate, "rounds": rounds}


def one_round(wanted: Measured, chance: random.Random, number: int) -> tuple[list[int], list[int]]:
    """The latencies of a round in their order: of the warm-up, which grow shorter, and the timed ones."""
    level = wanted.median * math.exp(wanted.noise * normal(chance))
    warm_up = [latency(level * (1.0 + 1.5 * 0.7**place), chance) for place in range(10)]
    timed = [latency(level, chance) for _ in range(wanted.queries)]
    if number % 3 == 1:
        # Something else happened on the machine.
        timed[chance.randrange(len(timed))] *= 4
    return warm_up, timed


def latency(level: float, chance: random.Random) -> int:
    return max(1, int(level * math.exp(0.05 * normal(chance) + 0.1 * chance.random() ** 8)))


def normal(chance: random.Random) -> float:
    """A standard normal, from what no version of Python computes differently."""
    return math.sqrt(-2.0 * math.log(1.0 - chance.random())) * math.cos(2.0 * math.pi * chance.random())


def quantile(latencies: list[int], share: float) -> float:
    return float(sorted(latencies)[min(len(latencies) - 1, int(share * len(latencies)))])


def buckets(latencies: Any) -> list[list[int]]:
    counts: dict[int, int] = {}
    for one in latencies:
        # From 64 on, 32 of equal width between two powers of two.
        width = 1 << max(0, one.bit_length() - 6)
        counts[one - one % width] = counts.get(one - one % width, 0) + 1
    return [[low, counts[low]] for low in sorted(counts)]


def course(number: int, warm_up: list[int], timed: list[int]) -> dict[str, Any]:
    begin = 0
    moments = []
    for one in warm_up + timed:
        moments.append((begin, one))
        begin += one + 1000
    return {
        "round": number,
        "warm_up": windows(moments[: len(warm_up)], WARM_UP),
        "timed": windows(moments[len(warm_up) :], TIMED),
    }


def windows(moments: list[tuple[int, int]], most: int) -> list[list[int]]:
    most = min(most, len(moments))
    found = []
    for place in range(most):
        part = moments[place * len(moments) // most : (place + 1) * len(moments) // most]
        sizes = sorted(size for _, size in part)
        found.append([part[0][0], sizes[0], sizes[len(sizes) // 2], sizes[-1], len(sizes)])
    return found


def spread(total: int, most: int) -> list[int]:
    """So many places of the total, the first and the last among them."""
    return list(range(total)) if total <= most else [place * (total - 1) // (most - 1) for place in range(most)]


def two_sides(count: int, rounds: int, queries: int) -> tuple[dict, dict]:
    """Base and candidate with so many benchmarks, of which every 50th or so is slower, faster, noisy, gone or new."""
    base, candidate = [], []
    for place in range(count):
        scenario = ("single-stream", "server", "offline")[place % 3]
        name = f"{('decode', 'resize', 'tokenize', 'classify', 'route')[place % 5]}-{place:03d}/{scenario}"
        wanted = Measured(name, 2e4 * 1.02**place, rounds=rounds, queries=queries, scenario=scenario)
        kind = place % 50
        noisy = wanted._replace(noise=0.4) if kind == 11 else wanted
        factor = {3: 1.3, 17: 2.5, 29: 0.7}.get(kind, 1.0)
        if kind != 41:
            base.append(benchmark(noisy, "base"))
        if kind != 43:
            candidate.append(benchmark(noisy._replace(median=noisy.median * factor), "candidate"))
    return result(base), result(candidate, commit="3f2a91c0" * 5)


SCRIPT = "<script>console.error('a name became a script')</script>"
# Whoever names a benchmark or a machine may mean no good.
HOSTILE = (
    SCRIPT,
    f'"><img src=x onerror=console.error(1)>{SCRIPT}',
    f"' onmouseover='console.error(1)' x='{SCRIPT}",
    f"</title></text></svg></style></pre></code>{SCRIPT}",
    f"--> ]]> {SCRIPT} <!--",
    "&lt;b&gt; &amp; &#x3C;i&#62;",
    "javascript:console.error(1)",
    "url(#x) ; } body { display: none",
    "\u202egnal edisni\u202c \u2066isolated\u2069 \u200f\u061c",
    "line\nbreak\r\ttab \x1b[31mred\x1b[0m \x07",
    "🚀 Zoë 日本語 é\u0301\u0301\u0301 👩‍👩‍👧‍👦 \U000e0041",
    "العربية תירבע",
    "x" * 10_000,
    "wide words " * 900,
    "`code` **bold** [l](http://x.invalid) | a | b |",
    " ",
)


def hostile_sides() -> tuple[dict, dict]:
    """Base and candidate in which every text that somebody chooses is hostile."""
    base, candidate = [], []
    for place, name in enumerate(HOSTILE):
        wanted = Measured(name, 1e6, rounds=8, queries=40, scenario=name)
        for side, seed, factor in ((base, "base", 1.0), (candidate, "candidate", 1.5 if place % 2 else 1.0)):
            made = benchmark(wanted._replace(median=wanted.median * factor), seed)
            own = metric(name, name, "lower", True, [5.0 + 0.1 * (round % 3) * factor for round in range(8)])
            stage = metric(f"stage_{name}_p50", "ns", "lower", False, [4e5 * factor + round for round in range(8)])
            made["metrics"] += [own, stage]
            made["warnings"] = [{"code": name, "message": name}]
            made["validity"] = [{"rule": name, "held": False, "detail": name}]
            made["diagnosis"] = [{"name": name, "value": 0.5, "limit": 0.1, "held": False}]
            side.append(made)
    documents = result(base), result(candidate, commit="3f2a91c0" * 5)
    for document, name in zip(documents, HOSTILE):
        document["perfgate"] = name
        for key in ("cpu", "os", "kernel", "governor", "container", "ci"):
            document["environment"][key] = name
    return documents


def with_every_verdict(comparison: dict) -> dict:
    """A comparison with a regression that is accepted, a benchmark that failed, and one not reached."""
    document = copy.deepcopy(comparison)
    regressions = [row for row in document["rows"] if row["verdict"] == "regression"]
    accepted = regressions[-1]
    why = "exact rounding costs one more pass"
    accepted |= {
        "verdict": "accepted",
        "accepted": {"up_to": 0.5, "until": "2026-12-31", "why": why, "new": True},
        "reason": f"accepted up to 50 % until 2026-12-31: {why}",
    }
    others = [row for row in document["rows"] if row is not accepted]
    failed = next(row for row in kept("v1/comparison.json")["rows"] if row["verdict"] == "failed")
    late = {"benchmark": "late", "verdict": "inconclusive", "reason": "the budget was spent before its turn came"}
    document["rows"] = [failed, *others, late, accepted]
    document |= {"verdict": "failed", "exit_code": 4, "method": "side-by-side"}
    document["base"]["label"], document["candidate"]["label"] = "main", "this change"
    return document
