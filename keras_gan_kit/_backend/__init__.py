"""The seam between Keras and its backends: the few things that `keras.ops` does not offer.

Each backend defines the same names; everything else in the package is written once.

- `value_and_gradients(objective, variable_groups)`: one loss for each group of variables, from
  one shared forward pass;
- `recorded_pass(function, inputs)`: what a function returns, and its gradient with respect to the
  inputs, itself differentiable;
- `input_gradients(function, inputs)`: that gradient alone;
- `apply_gradients(optimizer, gradients, variables)`: one optimizer step;
- `auto_jit_compile(convolutional, supports_jit)`: what `jit_compile="auto"` means here;
- `as_input(dataset, gan)`: what Keras is given to read an `ArrayDataset` from;
- `AdversarialTrainer`: a mixin whose `train_step` and `test_step` have the signature that the
  backend's Keras trainer calls, and pass the batch to `adversarial_step` and `evaluation_step`.

Where several devices share the batch of a step, under `tf.distribute`, each runs the step for its
part. What is written once then sees the whole batch by way of

- `draw_for_batch(draw, batch_size)`: random numbers for the samples of this device;
- `whole_batch(samples)`: the samples of all devices;
- `mean_of_batch(values, weight)`: means over them;

and around the steps there are `variables_scope`, `check_devices`, `check_batch_sizes`,
`check_same_start` and `is_chief`.
"""

from collections.abc import Callable
from typing import Any

import keras

match keras.backend.backend():
    case "tensorflow":
        from keras_gan_kit._backend.tensorflow import (
            AdversarialTrainer as AdversarialTrainer,
            apply_gradients as apply_gradients,
            as_input as as_input,
            auto_jit_compile as auto_jit_compile,
            check_batch_sizes as check_batch_sizes,
            check_devices as check_devices,
            check_same_start as check_same_start,
            draw_for_batch as draw_for_batch,
            is_chief as is_chief,
            mean_of_batch as mean_of_batch,
            recorded_pass as recorded_pass,
            value_and_gradients as value_and_gradients,
            variables_scope as variables_scope,
            whole_batch as whole_batch,
        )
    case "jax":
        from keras_gan_kit._backend.jax import (  # type: ignore[assignment]
            AdversarialTrainer as AdversarialTrainer,
            apply_gradients as apply_gradients,
            as_input as as_input,
            auto_jit_compile as auto_jit_compile,
            check_batch_sizes as check_batch_sizes,
            check_devices as check_devices,
            check_same_start as check_same_start,
            draw_for_batch as draw_for_batch,
            is_chief as is_chief,
            mean_of_batch as mean_of_batch,
            recorded_pass as recorded_pass,
            value_and_gradients as value_and_gradients,
            variables_scope as variables_scope,
            whole_batch as whole_batch,
        )
    case "torch":
        from keras_gan_kit._backend.torch import (  # type: ignore[assignment]
            AdversarialTrainer as AdversarialTrainer,
            apply_gradients as apply_gradients,
            as_input as as_input,
            auto_jit_compile as auto_jit_compile,
            check_batch_sizes as check_batch_sizes,
            check_devices as check_devices,
            check_same_start as check_same_start,
            draw_for_batch as draw_for_batch,
            is_chief as is_chief,
            mean_of_batch as mean_of_batch,
            recorded_pass as recorded_pass,
            value_and_gradients as value_and_gradients,
            variables_scope as variables_scope,
            whole_batch as whole_batch,
        )
    case other:
        raise ImportError(
            f"keras_gan_kit trains on the Keras backends tensorflow, jax and torch. Received: "
            f"{other}. Fix: set KERAS_BACKEND to one of them before Keras is imported."
        )


def input_gradients(function: Callable[[Any], Any], inputs: Any) -> Any:
    """Computes d sum(function(inputs)) / d inputs, in their structure; differentiable again."""
    _, gradients = recorded_pass(function, inputs)
    return gradients()
