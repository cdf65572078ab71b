"""How near a training step comes to what the machine can do, and where the rest goes.

Prints billions of floating-point operations a second (a multiplication and an addition are two) of
a large matrix product, then of each convolution of the networks for pages: forwards, and backwards
to its input and to its kernel.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow as tf
from measuring import machine, markdown_table
from tasks import PAGES, WORKLOADS, networks_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, choices=sorted(PAGES), default=200)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    host = machine()
    peak = matrix_product(4096, options.repeats)
    rows = [["matrix product 4096", "", f"{peak:.0f}", "", ""]]
    workload = f"pages-{options.size}"
    for network in networks_of(workload):
        for layer in network.layers:
            if isinstance(layer, (keras.layers.Conv2D, keras.layers.Conv2DTranspose)):
                row = convolution(layer, WORKLOADS[workload].batch_size, options.repeats)
                rows.append([f"{network.name}: {layer.name}", *row])
                print(*rows[-1], file=sys.stderr, flush=True)
    print(", ".join(f"{name}: {value}" for name, value in host.items()))
    print("\nGFLOP/s, median\n")
    print(markdown_table(["", "GFLOP forwards", "forwards", "to the input", "to the kernel"], rows))


def matrix_product(size: int, repeats: int) -> float:
    a, b = tf.random.normal((size, size)), tf.random.normal((size, size))
    product = tf.function(tf.matmul)
    return 2e-9 * size**3 / median_seconds(lambda: product(a, b), repeats)


def convolution(layer: Any, batch: int, repeats: int) -> list[str]:
    """The cells of one layer."""
    transposed = isinstance(layer, keras.layers.Conv2DTranspose)
    inputs = tf.random.normal((batch, *layer.input.shape[1:]))
    outputs = tf.random.normal((batch, *layer.output.shape[1:]))
    # Every value of the smaller map meets the whole kernel once.
    places = inputs if transposed else outputs
    height, width, *channels = layer.kernel.shape
    work = 2e-9 * batch * places.shape[1] * places.shape[2] * height * width
    work *= channels[0] * channels[1]

    def backwards(of_input: bool) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(inputs if of_input else layer.kernel.value)
            result = layer(inputs)
        return tape.gradient(result, inputs if of_input else layer.kernel.value, outputs)

    # A graph computes only what its result needs: the result of `layer` is not among it.
    seconds = [
        median_seconds(tf.function(function), repeats)
        for function in (
            lambda: layer(inputs),
            lambda: backwards(True),
            lambda: backwards(False),
        )
    ]
    return [f"{work:.2f}", *(f"{work / s:.0f}" for s in seconds)]


def median_seconds(function: Callable[[], Any], repeats: int) -> float:
    for _ in range(2):
        function()  # The first compiles.
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()  # On a CPU it returns when it is done.
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
