"""The benchmarks by name: which scripts each one runs, and with which arguments."""

from dataclasses import dataclass

# Two contestants and as few steps as make sense: does everything run?
_QUICK_STEPS = ("--only", "tf-function", "kit-tensorflow", "--repeats", "2", "--steps", "1")
_QUICK_METRICS = ("--metrics", "frechet", "--dtypes", "float64", "--repeats", "2")
_QUICK_FILES = ("--count", "20", "--repeats", "2")


@dataclass(frozen=True)
class Benchmark:
    """One line of the list, and what it stands for."""

    about: str
    commands: tuple[tuple[str, ...], ...]
    quick: tuple[str, ...]  # what `--quick` adds to every command


def _training(workload: str, about: str, quick: tuple[str, ...] = _QUICK_STEPS) -> Benchmark:
    return Benchmark(about, (("training_step.py", "--workload", workload),), quick)


def _dcgan(image_size: int) -> Benchmark:
    command = ("training_step.py", "--workload", "dcgan", "--image-size", str(image_size))
    about = f"a step of a DCGAN of {image_size}x{image_size}, beside hand-written loops"
    return Benchmark(about, (command,), (*_QUICK_STEPS[:-1], "10", "--warmup", "10"))


def _growth(about: str, workload: str, option: str, *sizes: int) -> Benchmark:
    """A training step at several sizes, by hand and by this package."""
    command = ["training_step.py", "--workload", workload, "--update", "simultaneous"]
    command += ["--only", "tf-function", "kit-tensorflow", option]
    return Benchmark(
        about,
        tuple((*command, str(size)) for size in sizes),
        ("--repeats", "1", "--steps", "50", "--warmup", "50"),
    )


BENCHMARKS = {
    "dense": _training(
        "dense",
        "a step of a dense GAN of 28x28, beside hand-written loops",
        (*_QUICK_STEPS[:-1], "100", "--warmup", "50", "--update", "simultaneous"),
    ),
    "dcgan-28": _dcgan(28),
    "dcgan-64": _dcgan(64),
    "wgan-gp": _training("wgan-gp", "a step of WGAN-GP on 28x28, beside hand-written loops"),
    "r1-r2": _training("r1-r2", "a step of R1 and R2 on 28x28, beside hand-written loops"),
    "pages-200": _training("pages-200", "a step on pages of 200x200, beside hand-written loops"),
    "pages-800": _training("pages-800", "a step on pages of 800x800, beside hand-written loops"),
    "joint-200": _training(
        "joint-200", "a step on pages with a row each, beside hand-written loops"
    ),
    "vgan": _training("vgan", "a step of V-GAN on crops of 128x128, beside hand-written loops"),
    "segmentation": Benchmark(
        "V-GAN: a step, its augmentation, whole images, beside a tf.function and a bare pass",
        (("segmentation.py",),),
        ("--steps", "1", "--repeats", "1"),
    ),
    "callbacks": Benchmark(
        "what the callbacks of the examples take of a training",
        (("callback_share.py",),),
        ("--epochs", "1", "--repeats", "1"),
    ),
    "auto-jit": Benchmark(
        'graph, XLA and jit_compile="auto" on TensorFlow',
        (("auto_jit.py",),),
        ("--workloads", "dense", "--repeats", "1"),
    ),
    "peak": Benchmark(
        "convolutions beside a matrix product: how near to the machine's best",
        (("peak.py",),),
        ("--repeats", "2"),
    ),
    "images": Benchmark(
        "reading a folder of images, beside Keras",
        (("images_from_directory.py",),),
        (*_QUICK_FILES, "--sizes", "28"),
    ),
    "generation": Benchmark(
        "drawing and writing a data set, beside a loop over samples",
        (("generation.py",),),
        ("--models", "dcgan-28", "--repeats", "2"),
    ),
    "metrics": Benchmark(
        "metrics of features, beside torch-fidelity, clean-fid and prdc (-- --python OTHER)",
        (("metrics.py",),),
        (*_QUICK_METRICS, "--samples", "1000", "--features", "256"),
    ),
    "tables": Benchmark(
        "the report of two tables, beside SDMetrics, which has to be installed",
        (("table_report.py",),),
        ("--rows", "2000", "--columns", "6", "--repeats", "2"),
    ),
    "growth-batch": _growth(
        "how the time of a dense GAN's step grows with the batch",
        "dense",
        "--batch-size",
        *(16, 64, 256, 1024),
    ),
    "growth-size": _growth(
        "how the time of a DCGAN's step grows with the image",
        "dcgan",
        "--image-size",
        *(28, 56, 112),
    ),
    "growth-files": Benchmark(
        "how reading images grows with their number and their size",
        tuple(("images_from_directory.py", "--count", n) for n in ("100", "200", "400")),
        ("--repeats", "1", "--sizes", "28"),
    ),
    "growth-samples": Benchmark(
        "how metrics of features grow with the samples",
        tuple(("metrics.py", "--samples", n) for n in ("2500", "5000", "10000")),
        (*_QUICK_METRICS, "--features", "256"),
    ),
}
