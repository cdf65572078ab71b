"""Attributes of a model and of its training are declared, so that mypy finds misspelt ones."""

import subprocess
import sys
from pathlib import Path

# Runs once: types do not depend on the backend.
PROGRAM = """
import keras
from keras_gan_kit import GAN, ConditionalGAN, networks

gan = GAN(networks.dense_generator((8, 8, 1)), networks.dense_discriminator((8, 8, 1)))
gan.compile()
print(gan.progress.position.batch_size, gan.progress.steps, gan.steps_taken, gan.get_layer)
print(gan.step_logs)
print(gan.progress.positon)
gan.progress.position.bach_size
gan.progres = gan.progress
ConditionalGAN.num_class
"""


def test_misspelt_attributes_are_found(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    root = Path(__file__).parents[2]
    config = root / "pyproject.toml"
    command = [sys.executable, "-m", "mypy", "--config-file", str(config), str(program)]
    found = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=540)
    lines = [line for line in found.stdout.splitlines() if str(program.name) in line]
    for name in ("step_logs", "positon", "bach_size", "progres", "num_class"):
        assert any(f'"{name}"' in line for line in lines), found.stdout
    assert len(lines) == 5, found.stdout
