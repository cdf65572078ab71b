"""Writes shards on a Ray cluster, one task for each shard."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from keras_gan_kit._extra import extra
from keras_gan_kit.generation._manifest import Record
from keras_gan_kit.generation._plan import Plan
from keras_gan_kit.generation._request import Request
from keras_gan_kit.generation._write import write_shards

# How often a shard is retried when its worker dies: preemptible machines can stop at any time.
_RETRIES = 20
# The compiled network of a worker process, by its hash.
_loaded: dict[str, keras.Model] = {}


def check_library() -> None:
    """Checks that Ray is installed.

    Raises:
        ImportError: If it is not.
    """
    with extra("ray", "engine", received="'ray'", library="Ray", otherwise="engine='local'"):
        importlib.import_module("ray")


def write_shards_on_ray(
    request: Request,
    plan: Plan,
    directory: Path,
    shards: Sequence[int],
    options: dict[str, Any],
    *,
    written: Callable[[int], object],
    finished: Callable[[Record], None],
) -> None:
    """Writes shards on all workers of a cluster, in any order.

    Uses the cluster that this process is connected to. Otherwise connects to the one in
    RAY_ADDRESS, or starts one on this machine, and shuts it down at the end.

    Args:
        request: The samples.
        plan: The settings.
        directory: A folder that all workers see under this path.
        shards: The numbers of the shards.
        options: Options of the tasks, as `ray.remote` takes them.
        written: Called with the number of samples of each shard.
        finished: Called after each shard.

    Raises:
        OSError: If a shard cannot be written.
        ValueError: If the outputs of the model cannot be stored.
    """
    import ray

    started = not ray.is_initialized()
    if started:
        ray.init(include_dashboard=False, log_to_driver=False)
    waiting: list[Any] = []
    try:
        task = ray.remote(_write_shard).options(**_options(options))
        # The network is sent as a file, because models with custom layers cannot be pickled.
        arguments = (replace(request, network=None), plan, directory, _as_bytes(request.network))
        shared = [ray.put(argument) for argument in arguments]
        waiting = [task.remote(*shared, shard) for shard in shards]
        while waiting:
            (done,), waiting = ray.wait(waiting, num_returns=1)
            record = _result(done)
            finished(record)
            first, end = plan.shard_range(record.shard)
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
    # The workers must use the same backend.
    backend = {"KERAS_BACKEND": keras.backend.backend()}
    environment = dict(options.get("runtime_env", {}))
    environment["env_vars"] = backend | environment.get("env_vars", {})
    return {"max_retries": _RETRIES, **options, "runtime_env": environment}


def _result(reference: Any) -> Record:
    import ray

    try:
        record: Record = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        # The error of the task itself; Ray's traceback is its cause.
        raise error.cause from error
    return record


def _as_bytes(network: keras.Model) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generator.keras"
        network.save(path)
        return path.read_bytes()


def _write_shard(request: Request, plan: Plan, directory: Path, network: bytes, shard: int) -> Any:
    """Writes one shard, in a worker process."""
    if plan.model_hash not in _loaded:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "generator.keras"
            path.write_bytes(network)
            # It comes from the process that started this task, so its code is trusted.
            loaded = keras.saving.load_model(path, compile=False, safe_mode=False)
        _loaded.clear()
        _loaded[plan.model_hash] = replace(request, network=loaded).compiled().network
    records: list[Record] = []
    request = replace(request, network=_loaded[plan.model_hash])
    # Workers show no progress.
    nothing: Callable[[int], object] = lambda count: None  # noqa: E731
    write_shards(request, plan, directory, [shard], written=nothing, finished=records.append)
    return records[0]
