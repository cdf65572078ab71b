"""How sphinx-gallery runs the tutorials and which pictures it shows."""

import shutil
from pathlib import Path
from typing import Any

import keras
from sphinx_gallery.scrapers import figure_rst

RUNS = Path(__file__).parents[2] / "tutorials" / "runs"

# The pictures of a tutorial's folder in `runs/`. The first is the thumbnail.
PICTURES = {
    "digits": ["digits.png"],
    "own_images": ["real_and_generated.png"],
    "ecg_pages": ["real_and_generated.png", "loss_lines.png"],
    "patients": ["patients.png", "report/figures/link*.png"],
    "vessels": ["predictions.png", "report/figures/*.png"],
}
MOST = 6  # pictures on a page

# Notebooks install the package if it is missing, for example on Colab.
FIRST_CELL = """\
# Installs the package if it is missing, for example on Colab.
try:
    import keras_gan_kit
except ImportError:
    %pip install -q keras_gan_kit
"""


def start_anew(gallery: dict[str, Any], script: str) -> None:
    """Deletes the results of an earlier build, so that the tutorial trains from the start."""
    shutil.rmtree(RUNS / Path(script).stem, ignore_errors=True)
    # Logs are lines, not bars that are redrawn thousands of times.
    keras.config.disable_interactive_logging()


def written_pictures(block: Any, variables: dict[str, Any], gallery: dict[str, Any]) -> str:
    """Collects the pictures that a cell has written."""
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
