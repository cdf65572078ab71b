"""Draw the curves of what `vessels.py` trained: ROC and PR on the test images, one line a run.

    python benchmarks/vessels.py CHASE_DB1 --output runs/vessels
    python benchmarks/vessels_curves.py CHASE_DB1 runs/vessels curves.png

Pixels in the field of view of all test images, pooled. The same colour: the same training with
another seed; its legend has the median of the areas.
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import auc, precision_recall_curve, roc_curve
from vessels import MULTIPLE

from keras_gan_kit import data

SHOWN = 2000  # points of a line
NAMES = {"unet": "U-Net", "vgan-patch1": "V-GAN, patches", "vgan-image": "V-GAN, image"}


def main() -> None:
    options = _options()
    test = data.paired_images(options.chase, split="test", multiple_of=MULTIPLE)
    inside = test.unpad(test.masks) > 0
    labels = test.unpad(test.labels)[inside]
    runs: dict[str, list[Any]] = {}
    for line in (options.output / "scores.jsonl").read_text().splitlines():
        found = json.loads(line)
        folder = f"{found['recipe']}_{found['minutes']:g}min_{found['seed']}"
        network = keras.saving.load_model(
            options.output / folder / "generator.keras", compile=False
        )
        drawn = np.concatenate([network.predict(image[None], verbose=0) for image in test.images])
        name = f"{NAMES.get(found['recipe'], found['recipe'])}, {found['minutes']:g} min"
        runs.setdefault(name, []).append(_curves(labels, test.unpad(drawn)[inside]))
        print(folder, flush=True)
    _draw(runs, options.picture)


def _curves(labels: Any, values: Any) -> list[tuple[Any, Any, float]]:
    """Both curves as x, y and the area under them, thinned out to what can be seen."""
    wrong, right, _ = roc_curve(labels, values)
    precision, recall, _ = precision_recall_curve(labels, values)
    curves = []
    for x, y in ((wrong, right), (recall, precision)):
        places = np.unique(np.linspace(0, len(x) - 1, SHOWN).astype(int))
        curves.append((x[places], y[places], float(auc(x, y))))
    return curves


def _draw(runs: dict[str, list[Any]], path: Path) -> None:
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    titles = (
        ("ROC", "false alarms among background", "vessels found", (0, 0.3), (0.7, 1)),
        ("precision and recall", "recall", "precision", (0.4, 1), (0.4, 1)),
    )
    for i, (axes, (title, x_name, y_name, x_limits, y_limits)) in enumerate(
        zip(figure.subplots(1, 2), titles, strict=True)
    ):
        for number, (name, found) in enumerate(sorted(runs.items())):
            area = statistics.median(curves[i][2] for curves in found)
            for seed, curves in enumerate(found):
                label = f"{name}: {area:.3f}" if seed == 0 else None
                axes.plot(*curves[i][:2], color=f"C{number}", alpha=0.8, linewidth=1, label=label)
        axes.set(title=title, xlabel=x_name, ylabel=y_name, xlim=x_limits, ylim=y_limits)
        axes.grid(alpha=0.3)
        axes.legend(title="area", loc="lower right" if i == 0 else "lower left")
    figure.savefig(path, dpi=110)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("chase", type=Path, help="the folder of CHASE_DB1")
    parser.add_argument("output", type=Path, help="the folder of the runs")
    parser.add_argument("picture", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
