"""The example scripts do what they say, in small."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(script, *options):
    subprocess.run(
        [sys.executable, EXAMPLES / script, *map(str, options)],
        check=True,
        timeout=600,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )


@pytest.mark.slow
def test_adam(tmp_path):
    run("dense_gan_adam.py", "--output", tmp_path, "--steps", 21, "--every", 10)
    names = ["training_images", "loss_lines", "loss_scatter", "generated"]
    assert all((tmp_path / f"{name}.png").stat().st_size > 1000 for name in names)
    assert len(list((tmp_path / "samples").glob("*.png"))) == 3
    assert (tmp_path / "generator.keras").exists()
    assert (tmp_path / "d_acc.txt").read_text().count("\n") == 1


@pytest.mark.slow
def test_sgd_on_mnist(tmp_path, shared_data):
    mnist = shared_data / "mnist" / "mnist.npz"
    options = ("--mnist", mnist, "--steps", 5, "--latent-dims", 2, 3, "--generator-loss", "poisson")
    run("dense_gan_sgd.py", "--output", tmp_path, *options)
    assert (tmp_path / "latent_sizes.png").stat().st_size > 1000
    assert (tmp_path / "latent_2" / "generator.keras").exists()
    assert (tmp_path / "latent_3" / "g_loss.txt").read_text().count("\n") == 1


@pytest.mark.slow
def test_ecg(tmp_path, shared_data):
    scans = shared_data / "ecg12" / "gray" / "history_mi"
    few = tmp_path / "scans"
    few.mkdir()
    for path in sorted(scans.glob("*.png"))[:12]:
        (few / path.name).symlink_to(path)
    output = tmp_path / "runs"
    run("dcgan_ecg.py", "--output", output, "--images", few, "--size", 32, "--epochs", 2)
    assert (output / "real_beside_generated.png").stat().st_size > 1000
    assert len(list((output / "samples").glob("*.png"))) == 2
    assert (output / "training.gif").read_bytes()[:6] == b"GIF89a"
    assert (output / "generator.keras").exists()
