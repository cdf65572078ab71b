"""Pure JAX: one jitted step over plain pytrees, its state donated, no library around it."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from tasks import ALTERNATING, LATENT_DIM, Task

Tree = Any

GENERATOR_WIDTHS = (LATENT_DIM, 256, 512, 1024, 784)
DISCRIMINATOR_WIDTHS = (784, 512, 512, 1)


def prepare(task: Task, images: np.ndarray) -> Callable[[int], None]:
    step = _alternating_step if task.update == ALTERNATING else _simultaneous_step
    train_step = jax.jit(step, donate_argnums=0)
    state = _initial_state(jax.random.key(0))
    batches = _batches(images, task.batch_size)

    def run(steps: int) -> None:
        nonlocal state
        for _ in range(steps):
            state, _losses = train_step(state, next(batches))
        jax.block_until_ready(state)

    return run


def _batches(images: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(0)
    flat = images.reshape(len(images), -1)
    while True:
        order = rng.permutation(len(flat))
        for start in range(0, len(flat) - batch_size + 1, batch_size):
            yield flat[order[start : start + batch_size]]


def _dense_layers(key: jax.Array, widths: tuple[int, ...]) -> list[Tree]:
    glorot = jax.nn.initializers.glorot_uniform()
    keys = jax.random.split(key, len(widths) - 1)
    shapes = list(pairwise(widths))
    return [
        {"w": glorot(k, shape), "b": jnp.zeros(shape[1])}
        for k, shape in zip(keys, shapes, strict=True)
    ]


def _initial_state(key: jax.Array) -> Tree:
    generator_key, discriminator_key, noise_key = jax.random.split(key, 3)
    norms = GENERATOR_WIDTHS[1:-1]
    generator = {
        "dense": _dense_layers(generator_key, GENERATOR_WIDTHS),
        "norm": [{"scale": jnp.ones(n), "offset": jnp.zeros(n)} for n in norms],
    }
    discriminator = _dense_layers(discriminator_key, DISCRIMINATOR_WIDTHS)
    return {
        "generator": generator,
        "discriminator": discriminator,
        "statistics": [{"mean": jnp.zeros(n), "variance": jnp.ones(n)} for n in norms],
        "generator_adam": _adam_slots(generator),
        "discriminator_adam": _adam_slots(discriminator),
        "key": noise_key,
    }


def _generate(params: Tree, statistics: Tree, noise: jax.Array) -> tuple[jax.Array, Tree]:
    x, moving = noise, []
    for dense, norm, old in zip(params["dense"][:-1], params["norm"], statistics, strict=True):
        x = jax.nn.leaky_relu(x @ dense["w"] + dense["b"], 0.2)
        new = {"mean": x.mean(0), "variance": x.var(0)}
        x = (x - new["mean"]) * jax.lax.rsqrt(new["variance"] + 1e-3)
        x = x * norm["scale"] + norm["offset"]
        moving.append(jax.tree.map(lambda o, n: 0.8 * o + 0.2 * n, old, new))
    last = params["dense"][-1]
    return jnp.tanh(x @ last["w"] + last["b"]), moving


def _discriminate(params: Tree, x: jax.Array) -> jax.Array:
    for dense in params[:-1]:
        x = jax.nn.leaky_relu(x @ dense["w"] + dense["b"], 0.2)
    return x @ params[-1]["w"] + params[-1]["b"]


def _discriminator_loss(params: Tree, real: jax.Array, fake: jax.Array) -> jax.Array:
    real_loss = jax.nn.softplus(-_discriminate(params, real)).mean()
    return real_loss + jax.nn.softplus(_discriminate(params, fake)).mean()


def _generator_loss(fake: jax.Array, discriminator: Tree) -> jax.Array:
    return jax.nn.softplus(-_discriminate(discriminator, fake)).mean()


def _adam_slots(params: Tree) -> Tree:
    first, second = jax.tree.map(jnp.zeros_like, params), jax.tree.map(jnp.zeros_like, params)
    return {"first": first, "second": second, "step": jnp.zeros(())}


def _adam(params: Tree, gradients: Tree, slots: Tree) -> tuple[Tree, Tree]:
    step = slots["step"] + 1.0
    first = jax.tree.map(lambda m, g: 0.5 * m + 0.5 * g, slots["first"], gradients)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, slots["second"], gradients)
    rate = 2e-4 * jnp.sqrt(1.0 - 0.999**step) / (1.0 - 0.5**step)
    params = jax.tree.map(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-7), params, first, second
    )
    return params, {"first": first, "second": second, "step": step}


def _simultaneous_step(state: Tree, real: jax.Array) -> tuple[Tree, Tree]:
    key, noise_key = jax.random.split(state["key"])
    noise = jax.random.normal(noise_key, (len(real), LATENT_DIM))
    fake, pullback, statistics = jax.vjp(
        lambda params: _generate(params, state["statistics"], noise),
        state["generator"],
        has_aux=True,
    )
    d_loss, d_gradients = jax.value_and_grad(_discriminator_loss)(
        state["discriminator"], real, fake
    )
    g_loss, fake_gradients = jax.value_and_grad(_generator_loss)(fake, state["discriminator"])
    (g_gradients,) = pullback(fake_gradients)
    discriminator, d_slots = _adam(state["discriminator"], d_gradients, state["discriminator_adam"])
    generator, g_slots = _adam(state["generator"], g_gradients, state["generator_adam"])
    return {
        "generator": generator,
        "discriminator": discriminator,
        "statistics": statistics,
        "generator_adam": g_slots,
        "discriminator_adam": d_slots,
        "key": key,
    }, (d_loss, g_loss)


def _alternating_step(state: Tree, real: jax.Array) -> tuple[Tree, Tree]:
    key, *noise_keys = jax.random.split(state["key"], 3)
    noises = [jax.random.normal(k, (len(real), LATENT_DIM)) for k in noise_keys]
    fake, statistics = _generate(state["generator"], state["statistics"], noises[0])
    d_loss, d_gradients = jax.value_and_grad(_discriminator_loss)(
        state["discriminator"], real, fake
    )
    discriminator, d_slots = _adam(state["discriminator"], d_gradients, state["discriminator_adam"])

    def objective(params: Tree) -> tuple[jax.Array, Tree]:
        fake, moving = _generate(params, statistics, noises[1])
        return _generator_loss(fake, discriminator), moving

    (g_loss, statistics), g_gradients = jax.value_and_grad(objective, has_aux=True)(
        state["generator"]
    )
    generator, g_slots = _adam(state["generator"], g_gradients, state["generator_adam"])
    return {
        "generator": generator,
        "discriminator": discriminator,
        "statistics": statistics,
        "generator_adam": g_slots,
        "discriminator_adam": d_slots,
        "key": key,
    }, (d_loss, g_loss)
