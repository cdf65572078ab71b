"""How sphinx-gallery runs the examples: with small settings, into a folder of their own."""

import shutil
from pathlib import Path
from typing import Any

import keras
from sphinx_gallery.scrapers import figure_rst

RUNS = Path(__file__).parents[2] / "examples" / "runs" / "site"

# Two minutes each, at most, on a CPU with 2 cores.
SETTINGS = {
    "dense_gan_adam": ["--steps", "2001", "--every", "1000"],
    "dense_gan_sgd": ["--steps", "800", "--latent-dims", "2", "100"],
    "dcgan_ecg": ["--epochs", "25"],
    "joint_ecg": ["--epochs", "6"],
    "vgan_retina": ["--epochs", "20", "--every", "20"],
}

# What a page shows of the folder that its script leaves behind; the first is its thumbnail.
PICTURES = {
    "dense_gan_adam": ["generated.png", "samples/step_0002000.png", "loss_lines.png"],
    "dense_gan_sgd": ["latent_sizes.png", "latent_100/loss_lines.png"],
    "dcgan_ecg": ["real_beside_generated.png", "loss_lines.png"],
    "joint_ecg": ["patients.png", "samples/epoch_00006.png", "loss_lines.png"],
    "vgan_retina": ["predictions/epoch_00020/*.png", "report/figures/*.png"],
}
MOST = 6  # pictures of a page


def small_settings(gallery: dict[str, Any], script: dict[str, Any]) -> list[str]:
    """Returns the command line of a script, whose folder it empties."""
    name = Path(script["src_file"]).stem
    shutil.rmtree(RUNS / name, ignore_errors=True)
    # Progress bars, redrawn thousands of times, go to the log instead of the page.
    keras.config.disable_interactive_logging()
    return [*SETTINGS[name], "--output", f"runs/site/{name}"]  # scripts run in their folder


def written_pictures(block: Any, variables: dict[str, Any], gallery: dict[str, Any]) -> str:
    """Collects the pictures that a block of a script has written, once they are there."""
    name = Path(variables["src_file"]).stem
    found = [path for pattern in PICTURES[name] for path in sorted((RUNS / name).glob(pattern))]
    shown = variables.setdefault("pictures_shown", set())
    copies = []
    for path in found[:MOST]:
        if path not in shown:
            shown.add(path)
            copies.append(variables["image_path_iterator"].next())
            shutil.copy(path, copies[-1])
    return str(figure_rst(copies, gallery["src_dir"], name.replace("_", " "))) if copies else ""
