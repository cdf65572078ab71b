"""One process of several that train on PyTorch: writes what it has at the end.

KERAS_BACKEND=torch WORLD_SIZE=2 RANK=0 MASTER_ADDR=localhost MASTER_PORT=29500 \
    python ranks_script.py FOLDER cases
"""

import os
import sys
from pathlib import Path

import keras
import numpy as np
import torch
from devices_script import CASES, IMAGES, fit, message, plain, state, train

RANK, WORLD_SIZE = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])


def cases():
    """Trains each model, and keeps what must not depend on the number of processes."""
    found = {}
    for case in CASES:
        for key, value in train(case, 1).items():
            found[f"{case.__name__}.{key}"] = np.asarray(value)
    return found


def starts():
    """Trains without a seed: initial weights differ until the first step."""
    gan, data = plain()
    gan.generator.layers[1].kernel.assign_add(0.1 * RANK * keras.ops.ones((3, 8)))
    gan.fit(*data, batch_size=8, verbose=0)
    found = {"state": state(gan)}
    gan, _ = plain()
    found["small_batch"] = message(lambda: gan.fit(IMAGES[:17], batch_size=8, verbose=0))
    found["small_step"] = message(lambda: gan.train_on_batch(IMAGES[:1]))
    gan.seed = RANK
    found["seeds"] = message(lambda: gan.fit(IMAGES, verbose=0))
    return found


def resume(output, *, die):
    """Trains with all callbacks; with `die`, one process is killed in the middle."""

    resumed = (output / "files_0" / "checkpoints").exists()
    folder = output / f"files_{0 if resumed else RANK}"
    stop_after = 5 if die and RANK == 1 else None
    gan = fit(folder, 3, stop_after, count=1, end=lambda: os._exit(9))
    return {"state": state(gan), "steps": gan.steps_taken}


if __name__ == "__main__":
    output, task = Path(sys.argv[1]), sys.argv[2]
    if WORLD_SIZE > 1:
        torch.distributed.init_process_group("gloo")
    tasks = {"cases": cases, "starts": starts}
    tasks |= {"resume": lambda: resume(output, die=False), "die": lambda: resume(output, die=True)}
    np.savez(output / f"{task}_{RANK}.npz", **tasks[task]())
