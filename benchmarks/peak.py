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
from measuring import Record, machine, markdown_table, record, write_records
from tasks import WORKLOADS, networks_of

DIRECTIONS = ("forwards", "to the input", "to the kernel")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, choices=(200, 800), default=200)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", metavar="FILE", help="also write every measurement as JSON lines")
    options = parser.parse_args()
    host = machine()
    peak = matrix_product(4096, options.repeats)
    rows = [["matrix product 4096", "", f"{statistics.median(peak):.0f}", "", ""]]
    records: list[Record] = []
    workload = f"pages-{options.size}"
    for network in networks_of(workload):
        for layer in network.layers:
            if isinstance(layer, (keras.layers.Conv2D, keras.layers.Conv2DTranspose)):
                work, rates = convolution(layer, WORKLOADS[workload].batch_size, options.repeats)
                name = f"{network.name}: {layer.name}"
                medians = [f"{statistics.median(rate):.0f}" for rate in rates]
                rows.append([name, f"{work:.2f}", *medians])
                records += records_of(name, rates, peak)
                print(*rows[-1], file=sys.stderr, flush=True)
    if options.json:
        write_records(options.json, records, host)
    print(", ".join(f"{name}: {value}" for name, value in host.items()))
    print("\nGFLOP/s, median\n")
    print(markdown_table(["", "GFLOP forwards", *DIRECTIONS], rows))


def records_of(name: str, rates: list[list[float]], peak: list[float]) -> list[Record]:
    """Each direction beside the matrix product: the ratio is the share that it reaches."""
    about: dict[str, Any] = {"unit": "GFLOP/s", "higher_is_better": True}
    return [
        record(name, contestant, list(values), measure=direction, ours=ours, **about)
        for direction, rate in zip(DIRECTIONS, rates, strict=True)
        for contestant, values, ours in (
            ("convolution", rate, True),
            ("matrix product", peak, False),
        )
    ]


def matrix_product(size: int, repeats: int) -> list[float]:
    a, b = tf.random.normal((size, size)), tf.random.normal((size, size))
    product = tf.function(tf.matmul)
    return [2e-9 * size**3 / s for s in seconds_of(lambda: product(a, b), repeats)]


def convolution(layer: Any, batch: int, repeats: int) -> tuple[float, list[list[float]]]:
    """The work of one layer forwards, and its rates in each direction."""
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
        seconds_of(tf.function(function), repeats)
        for function in (
            lambda: layer(inputs),
            lambda: backwards(True),
            lambda: backwards(False),
        )
    ]
    return work, [[work / s for s in repeated] for repeated in seconds]


def seconds_of(function: Callable[[], Any], repeats: int) -> list[float]:
    for _ in range(2):
        function()  # The first compiles.
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()  # On a CPU it returns when it is done.
        times.append(time.perf_counter() - start)
    return times


if __name__ == "__main__":
    main()
