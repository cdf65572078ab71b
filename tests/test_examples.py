"""The example scripts do what they say, in small."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from keras_gan_kit.data import to_uint8
from keras_gan_kit.datasets import simulated_ecg_cohort

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
    run("dcgan_ecg.py", "--output", output, "--images", few, "--size", 32, 56, "--epochs", 2)
    assert (output / "real_beside_generated.png").stat().st_size > 1000
    assert len(list((output / "samples").glob("*.png"))) == 2
    assert (output / "training.gif").read_bytes()[:6] == b"GIF89a"
    assert (output / "generator.keras").exists()


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["small", "published"])
def test_dcgan_ecg_of_the_other_recipes(tmp_path, recipe):
    small = ("--recipe", recipe, "--patients", 20, "--size", 32, "--epochs", 2)
    run("dcgan_ecg.py", "--output", tmp_path, *small)
    assert (tmp_path / "real_beside_generated.png").stat().st_size > 1000
    assert len((tmp_path / "d_loss.txt").read_text().splitlines()) > 0


@pytest.mark.slow
def test_joint_ecg(tmp_path):
    small = ("--patients", 64, "--size", 16, 24, "--epochs", 2)
    run("joint_ecg.py", "--output", tmp_path, *small)
    assert (tmp_path / "patients.png").stat().st_size > 1000
    assert len(list((tmp_path / "samples").glob("*.png"))) == 2
    assert (tmp_path / "generator.keras").exists()
    patients = pd.read_csv(tmp_path / "patients.csv", index_col="patient")
    _, real = simulated_ecg_cohort(64, image_size=16)
    assert patients.shape == (16, 35)
    assert list(patients) == list(real)
    assert (patients >= real.min()).all(axis=None)
    assert (patients <= real.max()).all(axis=None)


@pytest.mark.slow
def test_joint_ecg_of_own_patients_as_published(tmp_path):
    images, real = simulated_ecg_cohort(20, image_size=16, seed=1)
    scans = tmp_path / "scans"
    scans.mkdir()
    names = [f"{i:02d}.png" for i in range(20)]
    for name, pixels in zip(names, to_uint8(images)[..., 0], strict=True):
        Image.fromarray(pixels).save(scans / name)
    real.assign(file=names).to_csv(tmp_path / "own.csv", index=False)
    own = ("--table", tmp_path / "own.csv", "--images", scans, "--drop", "age", "--published")
    output = tmp_path / "runs"
    run("joint_ecg.py", "--output", output, *own, "--size", 16, 16, "--epochs", 1)
    patients = pd.read_csv(output / "patients.csv", index_col="patient")
    assert list(patients) == [name for name in real if name != "age"]
    assert len(list((output / "checkpoints").iterdir())) > 0


@pytest.mark.slow
def test_the_second_half_of_the_joint_study(tmp_path):
    """Thresholds, an encoding, many patients, and their report."""
    _, rows = simulated_ecg_cohort(40, image_size=16)
    scans = tmp_path / "scans"
    scans.mkdir()
    images, _ = simulated_ecg_cohort(40, image_size=(16, 24), leads=["V5"], grid=False)
    for number, image in enumerate(to_uint8(images)):
        Image.fromarray(image.squeeze(-1)).save(scans / f"{number}.png")
    rows = rows[["age", "male", "stenosis_lad", "coronary_disease"]]
    rows = rows.assign(файл=[f"{i}.png" for i in range(40)])
    rows.to_csv(tmp_path / "rows.csv", index=False, encoding="cp1251")
    source = ("--table", tmp_path / "rows.csv", "--images", scans, "--key", "файл")
    options = ("--encoding", "cp1251", "--threshold", "stenosis_lad=50", "--size", 16, 24)
    results = ("--generate", 30, "--report", "--target", "coronary_disease", "--epochs", 1)
    run("joint_ecg.py", "--output", tmp_path / "out", *source, *options, *results)
    patients = pd.read_csv(tmp_path / "out" / "patients.csv", index_col="patient")
    assert set(patients["stenosis_lad"]) <= {0, 1}
    assert len(list((tmp_path / "out" / "synthetic").rglob("*.png"))) == 30
    assert (tmp_path / "out" / "report" / "report.html").stat().st_size > 1000
    assert (tmp_path / "out" / "utility" / "report.html").stat().st_size > 1000


@pytest.mark.slow
def test_the_published_study_has_binary_stenoses_and_keeps_every_epoch(tmp_path):
    small = ("--published", "--patients", 20, "--size", 16, 16, "--epochs", 5)
    run("joint_ecg.py", "--output", tmp_path, *small)
    patients = pd.read_csv(tmp_path / "patients.csv", index_col="patient")
    for column in ("stenosis_trunk", "stenosis_lad", "stenosis_lcx", "stenosis_rca"):
        assert set(patients[column]) <= {0, 1}
    assert len(list((tmp_path / "checkpoints").glob("*.keras"))) == 5


@pytest.mark.slow
def test_conditional_digits(tmp_path):
    run("conditional_digits.py", "--output", tmp_path, "--size", 8, "--steps", 3)
    with Image.open(tmp_path / "digits.png") as page:
        assert page.size == (2 * 20 * 12, 2 * 10 * 12)  # a margin of 2 pixels on each side
    assert (tmp_path / "conditional_gan.keras").exists()
    assert len(list((tmp_path / "samples").glob("*.png"))) == 1
