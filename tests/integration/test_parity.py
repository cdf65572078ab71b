"""The same weights and data lead to the same weights on every backend."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

pytestmark = pytest.mark.backend

SCRIPT = Path(__file__).with_name("parity_script.py")
BACKENDS = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}


@pytest.mark.slow
def test_backends_agree(tmp_path):
    installed = [name for name, module in BACKENDS.items() if importlib.util.find_spec(module)]
    if len(installed) < 2:
        pytest.skip(f"only {installed[0]} is installed; there is nothing to compare it with")
    if keras.backend.backend() != installed[-1]:
        pytest.skip(f"it compares all backends, and runs once: on {installed[-1]}")
    found = {}
    for backend in installed:
        path = tmp_path / f"{backend}.npz"
        environment = os.environ | {"KERAS_BACKEND": backend}
        subprocess.run([sys.executable, SCRIPT, path], env=environment, check=True, timeout=900)
        with np.load(path) as archive:
            found[backend] = dict(archive)
    first = found[installed[0]]
    assert len(first) == 20
    for backend in installed[1:]:
        for case, weights in first.items():
            np.testing.assert_allclose(
                found[backend][case], weights, rtol=0, atol=1e-5, err_msg=f"{case} on {backend}"
            )
