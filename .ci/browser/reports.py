"""Pages that `perfgate report` makes of documents, and what each of them has to say besides what every page has to."""

import documents
from chromium import Page
from documents import Measured, benchmark, kept, result
from workshop import MOST_BYTES, MOST_NODES, MOST_PLOTS, Case, Workshop, at_least, counts, says, shows_rows


def of_a_result(at: Workshop) -> Case:
    made = [
        benchmark(Measured("digits/server", 4e6, scenario="server"), "base"),
        benchmark(Measured("tokenize", 812e3, steps=1200), "base"),
        benchmark(Measured("noisy", 2e5, noise=0.4), "base"),
        benchmark(Measured("one round", 3e3, rounds=1), "base"),
    ]
    file = at.report(at.document("result.json", result(made)))
    return Case(
        "a result",
        file,
        lambda page: says(page, "digits/server", "tokenize", "noisy", "8be01d4c") + at_least(page, plots=4),
    )


def of_a_comparison(at: Workshop) -> Case:
    base, candidate = documents.two_sides(50, rounds=12, queries=100)
    at.document("base.json", base)
    at.document("candidate.json", candidate)
    at.perfgate("compare", "--paired", "base.json", "candidate.json", "-o", "compared.json", status=4)
    comparison = documents.with_every_verdict(at.read("compared.json"))
    found = {row["verdict"] for row in comparison["rows"]}
    wanted = {"failed", "missing", "regression", "inconclusive", "no-baseline", "improvement", "unchanged", "accepted"}
    if not wanted <= found:
        raise AssertionError(f"the comparison lacks {wanted - found}")
    file = at.report(at.document("check.json", comparison))
    return Case(
        "a comparison",
        file,
        lambda page: (
            shows_rows(page, comparison)
            + says(
                page,
                "failed",
                "accepted",
                "no-baseline",
                "missing",
                "exact rounding costs one more pass",
                "side by side",
            )
            + at_least(page, plots=6)
        ),
    )


def of_objectives(at: Workshop) -> Case:
    base, candidate = documents.two_sides(3, rounds=8, queries=100)
    rounds = [[98, 100]] * 8
    asked = [("p99.9 < 1 ms", 0.999), ("p98.5 < 1 ms", 0.985), ("p90 < 1 ms", 0.9)]
    candidate["benchmarks"][0]["objectives"] = [
        {"slo": slo, "share": share, "bound_ns": 1_000_000, "rounds": rounds} for slo, share in asked
    ]
    at.document("base.json", base)
    at.document("candidate.json", candidate)
    at.perfgate("compare", "--paired", "base.json", "candidate.json", "-o", "kept.json", status=1)
    comparison = at.read("kept.json")
    return Case(
        "objectives",
        at.report(at.document("check.json", comparison)),
        lambda page: (
            shows_rows(page, comparison)
            + says(page, "Objectives", "violated", "not proven", "met", "slo_p999_1ms", "error budget used")
        ),
    )


def of_many(at: Workshop) -> Case:
    base, candidate = documents.two_sides(500, rounds=30, queries=40)
    at.document("base.json", base)
    at.document("candidate.json", candidate)
    at.perfgate("compare", "--paired", "base.json", "candidate.json", "-o", "check.json", status=4)
    comparison = at.read("check.json")
    file = at.report(at.folder / "check.json")

    def stays_usable(page: Page) -> list[str]:
        found = counts(page)
        size = file.stat().st_size
        figures = page.figures()
        print(f"        information: {size / 1e6:.2f} MB, {found}")
        times = ("LayoutDuration", "RecalcStyleDuration", "TaskDuration")
        print("        information: " + ", ".join(f"{name} {figures[name]:.2f} s" for name in times))
        problems = []
        for what, number, most in (
            ("bytes", size, MOST_BYTES),
            ("nodes", found["nodes"], MOST_NODES),
            ("plots", found["plots"], MOST_PLOTS),
            ("open folds", found["open"], 0),
        ):
            if number > most:
                problems.append(f"{number} {what}, and no more than {most} stay usable")
        if not comparison.get("measured"):
            problems.append("the document lacks what was measured")
        return problems + shows_rows(page, comparison, 40) + at_least(page, plots=6, folds=1)

    return Case("500 benchmarks", file, stays_usable)


def of_several(at: Workshop) -> Case:
    base, candidate = documents.two_sides(12, rounds=8, queries=60)
    first = at.document("base.json", base)
    second = at.document("candidate.json", candidate)
    at.perfgate("compare", first, second, "-o", "compared.json", status=1)
    old = at.document("old.json", kept("v1/comparison.json"))
    file = at.report(first, at.folder / "compared.json", old, at.document("baseline.json", kept("v1/baseline.json")))
    return Case(
        "several documents", file, lambda page: says(page, "base.json", "compared.json", "old.json", "baseline.json")
    )


def of_an_old_comparison(at: Workshop) -> Case:
    comparison = kept("v1/comparison.json")
    file = at.report(at.document("old.json", comparison))
    return Case("an old comparison", file, lambda page: shows_rows(page, comparison, 20))


def of_an_old_baseline(at: Workshop) -> Case:
    file = at.report(at.document("old.json", kept("v1-sessions/baseline.json")))
    return Case("an old baseline", file, lambda page: says(page, "digits", "latency_p50"))


def of_nothing(at: Workshop) -> Case:
    return Case(
        "nothing measured", at.report(at.document("empty.json", result([]))), lambda page: says(page, "8be01d4c")
    )


def of_nothing_changed(at: Workshop) -> Case:
    made = [Measured(f"steady-{number}", 1e6, noise=0.002) for number in range(3)]
    for seed in ("base", "candidate"):
        at.document(f"{seed}.json", result([benchmark(one, seed) for one in made]))
    at.perfgate("compare", "base.json", "candidate.json", "-o", "check.json")
    return Case("nothing changed", at.report(at.folder / "check.json"), lambda page: says(page, "pass", "unchanged"))


def is_harmless(page: Page) -> list[str]:
    """No text has become anything but text."""
    ask = """[...document.querySelectorAll(
        "script, img, iframe, object, embed, form, base, b, [onmouseover], [onerror], [href^='javascript:' i], [src]"
    )].map(asks.name)"""
    found = [f"a text became {element}" for element in page.ask(ask)]
    # What turns the direction of letters stays inside its own text.
    if page.ask("/[\\u202a-\\u202e\\u2066-\\u2069]/.test(document.title)"):
        found.append("the title turns the direction of letters")
    return found


def of_a_hostile_result(at: Workshop) -> Case:
    made, _ = documents.hostile_sides()
    return Case("hostile names in a result", at.report(at.document("result.json", made)), is_harmless)


def of_a_hostile_comparison(at: Workshop) -> Case:
    base, candidate = documents.hostile_sides()
    at.document("base.json", base)
    at.document("candidate.json", candidate)
    at.perfgate("compare", "base.json", "candidate.json", "-o", "check.json", status=1)
    comparison = at.read("check.json")
    for side, name in zip(("base", "candidate"), documents.HOSTILE):
        comparison[side]["label"] = name
    for row, name in zip(comparison["rows"], documents.HOSTILE):
        row["reason"] = name
    comparison["warnings"] = [{"code": name, "message": name} for name in documents.HOSTILE]
    return Case("hostile names in a comparison", at.report(at.document("hostile.json", comparison)), is_harmless)
