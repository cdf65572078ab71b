"""Writes any number of samples to disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keras_gan_kit._arguments import one_of
from keras_gan_kit._errors import invalid, warn, wrong_type
from keras_gan_kit._files import check_directory, locked, remove_leftovers
from keras_gan_kit.generation import _ray
from keras_gan_kit.generation._manifest import (
    Manifest,
    Record,
    load_manifest,
    manifest_path,
    warn_of_another_environment,
)
from keras_gan_kit.generation._plan import Plan, make_plan
from keras_gan_kit.generation._progress import progress
from keras_gan_kit.generation._request import Request, make_request
from keras_gan_kit.generation._write import write_shards
from keras_gan_kit.generation.generated_dataset import GeneratedDataset, damaged_shards
from keras_gan_kit.generation.read_dataset import read_dataset

_ENGINES = ("local", "ray")


def generate_dataset(
    model_or_path: Any,
    num_samples: int,
    directory: str | Path,
    *,
    seed: int = 0,
    format: str = "parquet",
    shard_size: int | None = None,
    table: Any = None,
    engine: str = "local",
    verbose: int = 1,
    labels: Any = None,
    conditions: Any = None,
    image_format: str = "png",
    quality: int = 95,
    batch_size: int | None = None,
    value_range: tuple[float, float] | None = None,
    ray_options: dict[str, Any] | None = None,
) -> GeneratedDataset:
    """Writes samples to sharded files in constant memory.

    Sample i is that of `generate(num_samples, seed=seed)`. A shard appears once it is complete,
    and `_manifest.json` has its SHA-256. After an interruption, repeat the call: it checks the
    existing shards, rewrites damaged ones and continues with the rest. On one type of processor,
    with one set of versions, the bytes depend neither on interruptions nor on the number of
    workers. `docs/generation.md` describes the layout and what happens in case of errors.

    Args:
        model_or_path: A GAN, a generator, or the path of a `.keras` file of either.
        num_samples: The number of samples.
        directory: The folder of the dataset, created if needed. Use one for each dataset.
        seed: The seed of the latents, an integer of at least 0.
        format: "parquet": files that pandas, pyarrow and Hugging Face `datasets` read as one table,
            with the images inside. "folder": folders of image files, each with a `metadata.csv`.
        shard_size: Samples in a shard; an interruption loses at most one shard. None for 10,000
            small images, fewer large ones, and more if there would be over 1,000 shards.
        table: The fitted `TableTransformer` of the training table, or the names of the columns.
            None for the transformer that the generator was built with, which its `.keras` file
            has too, or else for numbered columns.
        engine: "local": this process. "ray": one task for each shard on all workers of a Ray
            cluster, which must see `directory` under the same path.
        verbose: 1 shows a progress bar.
        labels: For a `ConditionalGAN`: one class, an array of `num_samples` classes, or None for
            all classes in turn.
        conditions: For a `ConditionalGAN` with conditions, what its `generate` takes. Conditions
            that are not columns of the samples are written as additional columns.
        image_format: "png", which is lossless, or "jpeg".
        quality: The quality of JPEGs, 1 to 100.
        batch_size: Samples in one pass of the generator; None for 256 small images, fewer large
            ones. A different batch size may change samples by rounding errors.
        value_range: `(low, high)`, the values of black and white in the generator's images. None
            for the range of its last activation, or (-1, 1) if that has none.
        ray_options: Options of the Ray tasks, for example {"num_gpus": 1}.

    Returns:
        The dataset, as `read_dataset(directory)` returns it.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If an argument is out of range, the model does not draw samples from latents,
            over 5% of the values of its images leave an assumed range of (-1, 1), or the folder
            holds a dataset with other settings.
        OSError: If the files cannot be written: the disk is full, the folder is read-only, or
            another run is writing to it (`BlockingIOError`).
        ImportError: If pyarrow or Ray is required and missing.

    Example:
        >>> import tempfile
        >>> from keras_gan_kit import networks
        >>> generator = networks.dense_generator((8, 8, 1), latent_dim=4, units=(16,))
        >>> folder = tempfile.mkdtemp()
        >>> dataset = generate_dataset(generator, 5, folder, format="folder", verbose=0)
        >>> dataset[:3].shape
        (3, 8, 8, 1)
    """
    drawn = {"seed": seed, "table": table, "labels": labels, "value_range": value_range}
    request = make_request(model_or_path, num_samples, conditions=conditions, **drawn)
    folder = check_directory("directory", directory).absolute()
    _check_engine(engine, ray_options)
    plan = make_plan(
        request,
        format=format,
        shard_size=shard_size,
        image_format=image_format,
        quality=quality,
        batch_size=batch_size,
    )
    if manifest_path(folder) is None:
        request.check_first_samples()
    folder.mkdir(parents=True, exist_ok=True)
    _write_missing(request, plan, folder, engine, ray_options or {}, visible=bool(verbose))
    return read_dataset(folder)


def _check_engine(engine: Any, options: Any) -> None:
    one_of("engine", engine, _ENGINES)
    if options is not None and (engine != "ray" or not isinstance(options, dict)):
        error = invalid if isinstance(options, dict) else wrong_type
        raise error(
            "ray_options",
            received=f"{options!r} with engine={engine!r}",
            expected="a dict of options for Ray's tasks, with engine='ray'",
            fix="pass for example engine='ray', ray_options={'num_gpus': 1}",
        )
    if engine == "ray":
        _ray.check_library()


def _write_missing(
    request: Request,
    plan: Plan,
    folder: Path,
    engine: str,
    options: dict[str, Any],
    *,
    visible: bool,
) -> None:
    """Writes the missing shards of a folder while it is locked against other runs."""
    with locked(folder):
        manifest = _started_manifest(plan, folder, visible=visible)
        remove_leftovers(folder, "")
        if manifest.missing:
            _write(request, manifest, folder, engine, options, visible=visible)


def _write(
    request: Request,
    manifest: Manifest,
    folder: Path,
    engine: str,
    options: dict[str, Any],
    *,
    visible: bool,
) -> None:
    """Writes the missing shards, and the manifest after each of them."""
    plan, missing = manifest.plan, manifest.missing
    manifest.save(folder)

    def finished(record: Record) -> None:
        manifest.records[record.shard] = record
        manifest.save(folder)

    with progress("drawn", plan.count, manifest.samples, visible=visible) as add:
        try:
            if engine == "ray":
                _ray.write_shards_on_ray(
                    request, plan, folder, missing, options, written=add, finished=finished
                )
            else:
                compiled = request.compiled()
                write_shards(compiled, plan, folder, missing, written=add, finished=finished)
        except OSError as error:
            text = f"{manifest.samples} of {plan.count} samples are on disk. Then: {error}. "
            text += "Fix: free space or restore access, and repeat the call."
            raise OSError(error.errno, text) from error
    remove_leftovers(folder, "")  # of workers that died


def _started_manifest(plan: Plan, folder: Path, *, visible: bool) -> Manifest:
    """Reads the manifest and drops damaged shards, or starts a new one."""
    manifest = load_manifest(folder)
    if manifest is None:
        if any(folder.glob("train-*-of-*")):
            raise _occupied(folder, "shards without a manifest")
        return Manifest(plan)
    differences = plan.in_version(manifest.plan.version).differences(manifest.plan)
    if differences:
        raise _occupied(folder, f"a dataset; this call has {', '.join(differences)}")
    damaged = damaged_shards(manifest, folder, visible=visible)
    for shard in damaged:
        del manifest.records[shard]
    if damaged:
        names = ", ".join(map(plan.shard_name, damaged[:5]))
        warn(
            f"{len(damaged)} shards are missing or damaged, and will be written again: {names}"
            f"{', ...' if len(damaged) > 5 else ''}."
        )
    if manifest.missing:
        warn_of_another_environment(manifest)
    return manifest


def _occupied(folder: Path, by: str) -> ValueError:
    return invalid(
        "directory",
        received=f"{str(folder)!r}, which holds {by}",
        expected="an empty folder, or a dataset that was started with the same settings",
        fix="pass the same settings to continue, or another folder",
    )
