"""A worker for perfgate: one process a round, JSON lines on standard input and output.

perfgate starts it, waits for `{"ready": true}`, sends one query a line and waits for its answer. The end of the input
is the end of the round. Standard output belongs to the protocol; print to standard error what people should read.
"""

import json
import os
import sys
import time

CENTRES = {"red": (0.25, 0.25), "blue": (0.75, 0.75)}


def load() -> dict[str, tuple[float, float]]:
    """Whatever takes time once, such as loading a model. It is not timed."""
    return CENTRES


def predict(model: dict[str, tuple[float, float]], row: list[float]) -> str:
    """The class of one sample: here the nearest centre."""
    x, y = row
    return min(model, key=lambda name: (model[name][0] - x) ** 2 + (model[name][1] - y) ** 2)


def report(metric: str, value: float, unit: str, direction: str = "lower") -> None:
    """Writes a metric of our own, once a round; `perfgate check` judges it like every other."""
    if path := os.environ.get("PERFGATE_METRICS"):
        line = {"metric": metric, "value": value, "unit": unit, "direction": direction}
        with open(path, "a") as file:
            print(json.dumps(line), file=file)


def answer(model: dict[str, tuple[float, float]], query: dict) -> dict:
    """One answer to one query: an output for each of its samples, in their order."""
    begun = time.perf_counter_ns()
    outputs = [predict(model, row) for row in query["inputs"]]
    ended = time.perf_counter_ns()
    # `stages` are optional; each becomes a metric `stage_NAME_p50`.
    return {"id": query["id"], "outputs": outputs, "stages": {"predict": ended - begun}}


def main() -> None:
    model = load()
    report("model_size", sum(map(len, model.values())), "1")
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        query = json.loads(line)
        try:
            reply = answer(model, query)
        except Exception as problem:
            # A query that fails is counted; a worker that dies would end the measurement.
            reply = {"id": query["id"], "error": str(problem)}
        # Without flush the answer would wait in a buffer, and perfgate for the answer.
        print(json.dumps(reply), flush=True)


main()
