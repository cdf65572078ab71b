"""Makes shards on a Ray cluster, a task each."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import keras

from keras_gan_kit._extra import extra
from keras_gan_kit.generation._manifest import Record
from keras_gan_kit.generation._shards import Job, make_shards
from keras_gan_kit.generation._source import Source

# Times that a shard is begun anew on another worker when one dies: machines that can be taken away
# at any time are the cheap ones.
_RETRIES = 20
# The network that this process has loaded, by its hash.
_loaded: dict[str, Source] = {}


def check_library() -> None:
    """Makes sure that there is Ray.

    Raises:
        ImportError: Otherwise.
    """
    with extra("ray", "engine", received="'ray'", library="Ray", otherwise="engine='local'"):
        importlib.import_module("ray")


def make_shards_on_ray(
    job: Job,
    source: Source,
    shards: list[int],
    options: dict[str, Any],
    *,
    written: Callable[[int], None],
    finished: Callable[[Record], None],
) -> None:
    """Makes shards on all workers of a cluster; the order is theirs.

    A cluster that is connected is used and left as it is; otherwise one is started for the time on
    this machine, or the one that RAY_ADDRESS names is joined.

    Args:
        job: What to make; its directory is one that all workers see.
        source: Draws batches.
        shards: The numbers of the shards.
        options: For the tasks, as `ray.remote` takes them.
        written: Called after each shard with its size.
        finished: Called after each shard.

    Raises:
        OSError: If a shard cannot be written.
        ValueError: If the model draws what cannot be stored.
    """
    import ray

    started = not ray.is_initialized()
    if started:
        ray.init(include_dashboard=False, log_to_driver=False)
    waiting: list[Any] = []
    try:
        task = ray.remote(_make_shard).options(**_options(options))
        arguments = ray.put(job), ray.put(_as_bytes(source))
        waiting = [task.remote(*arguments, source.latent_dim, shard) for shard in shards]
        while waiting:
            (done,), waiting = ray.wait(waiting, num_returns=1)
            record = _result(done)
            finished(record)
            first, end = job.plan.shard_range(record.shard)
            written(end - first)
    except BaseException:
        for reference in waiting:
            with suppress(ray.exceptions.RayError):
                ray.cancel(reference, force=True)
        raise
    finally:
        if started:
            ray.shutdown()


def _options(options: dict[str, Any]) -> dict[str, Any]:
    # The workers have to compute with the same backend.
    backend = {"KERAS_BACKEND": keras.backend.backend()}
    environment = dict(options.get("runtime_env", {}))
    environment["env_vars"] = backend | environment.get("env_vars", {})
    return {"max_retries": _RETRIES, **options, "runtime_env": environment}


def _result(reference: Any) -> Record:
    import ray

    try:
        record: Record = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        # As the same error here would look; what Ray adds stays visible as its cause.
        raise error.cause from error
    return record


def _as_bytes(source: Source) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generator.keras"
        source.network.save(path)
        return path.read_bytes()


def _make_shard(job: Job, network: bytes, latent_dim: int, shard: int) -> Record:
    """Makes one shard, in a process of Ray's."""
    records: list[Record] = []
    source = _source(job, network, latent_dim)
    make_shards(job, source, [shard], written=_nothing, finished=records.append)
    return records[0]


def _source(job: Job, network: bytes, latent_dim: int) -> Source:
    if job.plan.model_hash not in _loaded:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "generator.keras"
            path.write_bytes(network)
            # It comes from the process that asked for it, whose code may be run here too.
            loaded = keras.saving.load_model(path, compile=False, safe_mode=False)
        _loaded.clear()
        _loaded[job.plan.model_hash] = Source(loaded, latent_dim, job.num_classes).compiled()
    return _loaded[job.plan.model_hash]


def _nothing(count: int) -> None:
    """A worker shows no progress."""
