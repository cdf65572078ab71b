"""Time what the callbacks of the examples, at their defaults, take of a training.

Two trainings, with and without them, differ by more than the callbacks take. So the time is taken
inside: every method of every callback is timed within one `fit`, and shown as its share of it.
Wait for a step that still computes counts as the callback's.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
from competitors.kit import default_callbacks
from measuring import Record, machine, markdown_table, record, summary, write_records
from tasks import WORKLOADS, load_data, networks_of

from keras_gan_kit import GAN

METHODS = [name for name in dir(keras.callbacks.Callback) if name.startswith("on_")]


def main() -> None:
    options = _options()
    host = machine()
    of = WORKLOADS[options.workload]
    samples = load_data(options.workload)
    runs = [_shares(options, of, samples) for _ in range(options.repeats)]
    names = list(runs[0])
    print(", ".join(f"{name}: {value}" for name, value in host.items()))
    print(f"\n{options.workload}, {options.epochs} epochs: per cent of the time of `fit`\n")
    values = {name: [run[name] for run in runs] for name in names}
    print(markdown_table(["callback", "%"], [[n, summary(v)] for n, v in values.items()]))
    if options.json:
        write_records(options.json, [_record(n, v, options) for n, v in values.items()], host)


def _shares(options: argparse.Namespace, of: Any, samples: Any) -> dict[str, float]:
    gan = GAN(*networks_of(options.workload), seed=0)
    gan.compile(update="simultaneous", steps_per_execution=of.steps_per_execution)
    size = {"batch_size": of.batch_size, "verbose": 0}
    gan.fit(samples, steps_per_epoch=of.warmup, **size)  # compiles
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        attached = default_callbacks(Path(folder))
        for callback in attached:
            _time_methods(callback, seconds)
        start = time.perf_counter()
        gan.fit(samples, epochs=options.epochs, callbacks=attached, **size)
        whole = time.perf_counter() - start
    print(f"{options.epochs} epochs of {whole / options.epochs:.1f} s", flush=True)
    found = {name: 100.0 * value / whole for name, value in seconds.items()}
    return found | {"all": sum(found.values())}


def _time_methods(callback: Any, seconds: dict[str, float]) -> None:
    name = type(callback).__name__
    seconds[name] = 0.0

    def timed(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return method(*args, **kwargs)
            finally:
                seconds[name] += time.perf_counter() - start

        return call

    for method in METHODS:
        # Keras leaves out methods that a callback has not overridden: so does this.
        if getattr(type(callback), method) is not getattr(keras.callbacks.Callback, method):
            setattr(callback, method, timed(getattr(callback, method)))


def _record(name: str, values: list[float], options: argparse.Namespace) -> Record:
    return record(
        f"{options.workload}, {options.epochs} epochs",
        name,
        values,
        measure="share of the training",
        unit="%",
        ours=True,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--workload", choices=("dense", "pages-200", "pages-800"), default="dense")
    add("--epochs", type=int, default=5)
    add("--repeats", type=int, default=3)
    add("--json", type=Path, help="also write every measurement, as JSON lines")
    return parser.parse_args()


if __name__ == "__main__":
    main()
