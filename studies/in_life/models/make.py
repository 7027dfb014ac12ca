"""Writes the models of the study next to it: the same network, with more and more work.

The digit classifier of fixtures/digits, between whose last two layers stand layers that change
nothing: each multiplies by the identity. So all models give the same answers, and each further
layer is the same further work. It needs the packages of requirements.txt.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

HERE = Path(__file__).parent
CLASSIFIER = HERE.parents[2] / "fixtures" / "digits" / "model.onnx"
WIDTH = 64
# What a query costs besides these layers is worth some five of them by counted instructions and
# some seven by the clock, so that three more are about a twentieth of the whole.
LAYERS = {0: 53, 5: 56, 10: 59, 20: 65}


def main():
    for percent, layers in LAYERS.items():
        model = deepened(onnx.load(CLASSIFIER), layers)
        onnx.checker.check_model(model, full_check=True)
        assert np.array_equal(scores(model), scores(onnx.load(CLASSIFIER))), "other answers"
        path = HERE / f"plus-{percent}.onnx"
        path.write_bytes(model.SerializeToString(deterministic=True))
        print(f"{path.name}: {layers} layers, {path.stat().st_size} bytes")


def scores(model):
    pixels = np.random.default_rng(0).integers(0, 17, (100, WIDTH)).astype(np.float32)
    (answer,) = ReferenceEvaluator(model).run(None, {"pixels": pixels})
    return answer


def deepened(model, layers):
    graph = model.graph
    graph.name = f"digits-{layers}"
    *first, last = graph.node
    source = last.input[0]
    added = []
    for number in range(1, layers + 1):
        inputs = [source, "identity", "nothing"]
        added.append(helper.make_node("Gemm", inputs, [f"same_sums{number}"], f"same{number}"))
        source = f"same{number}"
        added.append(helper.make_node("Relu", [f"same_sums{number}"], [source], f"same_relu{number}"))
    last.input[0] = source
    del graph.node[:]
    graph.node.extend([*first, *added, last])
    # All of them share one matrix, so that a model stays small.
    graph.initializer.append(numpy_helper.from_array(np.eye(WIDTH, dtype=np.float32), "identity"))
    graph.initializer.append(numpy_helper.from_array(np.zeros(WIDTH, dtype=np.float32), "nothing"))
    return model


if __name__ == "__main__":
    main()
