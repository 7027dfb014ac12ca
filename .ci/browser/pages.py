"""Which pages are looked at."""

from typing import Callable

import experiments
import reports
import verbs
from workshop import Case, Workshop

CASES: dict[str, Callable[[Workshop], Case]] = {
    "a result": reports.of_a_result,
    "a comparison": reports.of_a_comparison,
    "objectives": reports.of_objectives,
    "several documents": reports.of_several,
    "an old comparison": reports.of_an_old_comparison,
    "an old baseline": reports.of_an_old_baseline,
    "nothing measured": reports.of_nothing,
    "nothing changed": reports.of_nothing_changed,
    "hostile names in a result": reports.of_a_hostile_result,
    "hostile names in a comparison": reports.of_a_hostile_comparison,
    "a run": verbs.of_a_run,
    "a check": verbs.of_a_check,
    "a capacity": experiments.of_a_capacity,
    "a test of two arms": experiments.of_a_test,
    "a test of hostile names": experiments.of_a_hostile_test,
    "a profile": verbs.of_a_profile,
    "a profile with hostile names": verbs.of_a_hostile_profile,
    "a plan": verbs.of_a_plan,
    "a selftest": verbs.of_a_selftest,
    "baselines": verbs.of_baselines,
    "a history": verbs.of_a_history,
    "a history of 100 benchmarks": verbs.of_a_long_history,
    "no history": verbs.of_no_history,
    "500 benchmarks": reports.of_many,
}
