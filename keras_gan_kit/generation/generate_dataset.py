"""Any number of samples on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keras_gan_kit._errors import explain, warn
from keras_gan_kit._files import check_directory, locked, remove_leftovers
from keras_gan_kit.generation._bar import Bar
from keras_gan_kit.generation._manifest import (
    Manifest,
    Record,
    load_manifest,
    warn_of_another_environment,
)
from keras_gan_kit.generation._ray import make_shards_on_ray
from keras_gan_kit.generation._request import check_engine, make_job
from keras_gan_kit.generation._shards import Job, check_repeatable, make_shards
from keras_gan_kit.generation._source import Source, open_source
from keras_gan_kit.generation.generated_dataset import GeneratedDataset, damaged_shards
from keras_gan_kit.generation.read_dataset import read_dataset


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
    image_format: str = "png",
    quality: int = 95,
    batch_size: int | None = None,
    ray_options: dict[str, Any] | None = None,
) -> GeneratedDataset:
    """Draws samples into files, as many as the disk holds in as little memory as a few need.

    Sample i is that of `generate(num_samples, seed=seed)`. Shards appear whole or not at all, and
    `manifest.json` has the SHA-256 of each: called again after whatever stopped it, it checks what
    is there, makes damaged shards anew, and goes on with the rest. On one kind of processor, with
    one set of versions, the bytes depend neither on interruptions nor on the number of workers.
    `docs/generation.md` has the layout, and what happens when things go wrong.

    Args:
        model_or_path: A GAN, a generator, or the path of a `.keras` file of either.
        num_samples: How many.
        directory: The folder for the data set; made if needed. One for each data set.
        seed: Which samples; an integer of at least 0.
        format: "parquet": files that pandas and Hugging Face `datasets` read, pictures inside.
            "folder": folders of picture files, each with a `metadata.csv` of its rows.
        shard_size: Samples in a shard, which is what an interruption loses at most; None for
            10,000 of small images, fewer of large ones, more where there would be over 1,000
            shards.
        table: What the numbers of a table are: the fitted `TableTransformer` that the training
            data went through, or the names of the columns. None numbers the columns.
        engine: "local": this process. "ray": a task for each shard, on all workers of a Ray
            cluster that see `directory` under the same path.
        verbose: 1 shows a progress bar with the rate and the time left.
        labels: Of a `ConditionalGAN`: one class, an array of `num_samples` classes, or None for
            all classes in turn.
        image_format: "png", which keeps every pixel, or "jpeg".
        quality: Of JPEGs, 1 to 100.
        batch_size: Samples that go through the generator at once; None for 256 of small images,
            fewer of large ones. It is part of the settings: a sum may be rounded otherwise in
            another batch.
        ray_options: Options of the Ray tasks, for example {"num_gpus": 1}.

    Returns:
        What `read_dataset(directory)` returns.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If one is out of range, the model draws nothing from latents, or the folder
            holds a data set with other settings.
        OSError: If the files cannot be written: the disk is full, the folder read-only, or another
            run is at work there (`BlockingIOError`).
        ImportError: If pyarrow or Ray is missing where it is needed.

    Example:
        >>> import tempfile
        >>> from keras_gan_kit import networks
        >>> generator = networks.dense_generator((8, 8, 1), latent_dim=4, units=(16,))
        >>> folder = tempfile.mkdtemp()
        >>> dataset = generate_dataset(generator, 5, folder, format="folder", verbose=0)
        >>> dataset[:3].shape
        (3, 8, 8, 1)
    """
    source = open_source(model_or_path)
    folder = check_directory("directory", directory).absolute()
    check_engine(engine, ray_options)
    job = make_job(
        source,
        folder,
        num_samples=num_samples,
        seed=seed,
        format=format,
        shard_size=shard_size,
        table=table,
        labels=labels,
        image_format=image_format,
        quality=quality,
        batch_size=batch_size,
    )
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        _complete(job, source, engine, ray_options or {}, bool(verbose))
    return read_dataset(folder)


def _complete(
    job: Job, source: Source, engine: str, options: dict[str, Any], visible: bool
) -> None:
    """Makes the shards that are missing."""
    manifest = _checked_manifest(job, visible)
    remove_leftovers(job.directory, "")
    missing = manifest.missing
    if not missing:
        return
    manifest.save(job.directory)

    def finished(record: Record) -> None:
        manifest.records[record.shard] = record
        manifest.save(job.directory)

    check_repeatable(job, source)
    with Bar("drawn", job.plan.count, manifest.samples, visible=visible) as bar:
        try:
            if engine == "ray":
                make_shards_on_ray(
                    job, source, missing, options, written=bar.add, finished=finished
                )
            else:
                make_shards(job, source.compiled(), missing, written=bar.add, finished=finished)
        except OSError as error:
            text = f"{manifest.samples} of {job.plan.count} samples are on disk. Then: {error}. "
            text += "Fix: make room or whatever is missing, and make the same call again."
            raise OSError(error.errno, text) from error
    remove_leftovers(job.directory, "")  # of workers that died


def _checked_manifest(job: Job, visible: bool) -> Manifest:
    """Reads the manifest, and forgets the shards that are not what it says."""
    manifest = load_manifest(job.directory)
    if manifest is None:
        if any(job.directory.glob("train-*-of-*")):
            raise ValueError(_occupied(job, "shards without a manifest"))
        return Manifest(job.plan)
    differences = job.plan.differences(manifest.plan)
    if differences:
        raise ValueError(_occupied(job, f"a data set; this call has {', '.join(differences)}"))
    damaged = damaged_shards(manifest, job.directory, visible=visible)
    for shard in damaged:
        del manifest.records[shard]
    if damaged:
        names = ", ".join(map(job.plan.shard_name, damaged[:5]))
        warn(
            f"{len(damaged)} shards are missing or not what they were, and are made anew: {names}"
            f"{', ...' if len(damaged) > 5 else ''}."
        )
    if manifest.missing:
        warn_of_another_environment(manifest)
    return manifest


def _occupied(job: Job, by: str) -> str:
    return explain(
        "directory",
        received=f"{str(job.directory)!r}, which holds {by}",
        expected="an empty folder, or a data set that was begun with the same settings",
        fix="pass the same settings to go on, or another folder",
    )
