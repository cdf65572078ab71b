"""The backends: the few operations that `keras.ops` does not offer.

Each backend defines the same names. All other code is independent of the backend.

- `value_and_gradients(objective, variable_groups)`: gradients of one loss for each group of
  variables, from one shared forward pass;
- `recorded_pass(function, inputs)`: the outputs of a function and its gradient with respect to
  the inputs, which is itself differentiable;
- `input_gradients(function, inputs)`: only that gradient;
- `compiled(function)`: the function, compiled if the backend can;
- `apply_gradients(optimizer, gradients, variables)`: one optimizer step;
- `auto_jit_compile(convolutional, supports_jit, ...)`: the value of `jit_compile="auto"`;
- `CALL_ERRORS`: the exceptions that a layer raises for a batch that it does not accept;
- `as_input(dataset, gan)`: the data that Keras reads for an `ArrayDataset`;
- `Step`: one call of `train_step` or `test_step`, with the arguments and the result that the
  backend's Keras trainer uses;
- `wrap_train_function(gan, function)`, `wrap_test_function(gan, function)`: the functions to
  train and evaluate with, given those that Keras made.

Under `tf.distribute`, several devices share the batch of a step, and each runs the step for its
part. These functions give access to the whole batch:

- `draw_for_batch(draw, batch_size)`: random numbers for the samples of this device;
- `rows_of_blocks(block, first, count, size)`: rows of an endless sequence that is drawn in blocks;
- `whole_batch(samples)`: the samples of all devices;
- `mean_of_batch(values, weight)`: means over them;

`variables_scope`, `check_devices`, `check_batch_sizes`, `check_same_start` and `is_chief` are used
outside of steps.
"""

from collections.abc import Callable
from typing import Any

import keras

match keras.backend.backend():
    case "tensorflow":
        from keras_gan_kit._backend.tensorflow import (
            CALL_ERRORS as CALL_ERRORS,
            Step as Step,
            apply_gradients as apply_gradients,
            as_input as as_input,
            auto_jit_compile as auto_jit_compile,
            check_batch_sizes as check_batch_sizes,
            check_devices as check_devices,
            check_same_start as check_same_start,
            compiled as compiled,
            draw_for_batch as draw_for_batch,
            is_chief as is_chief,
            mean_of_batch as mean_of_batch,
            recorded_pass as recorded_pass,
            rows_of_blocks as rows_of_blocks,
            value_and_gradients as value_and_gradients,
            variables_scope as variables_scope,
            whole_batch as whole_batch,
            wrap_test_function as wrap_test_function,
            wrap_train_function as wrap_train_function,
        )
    case "jax":
        from keras_gan_kit._backend.jax import (  # type: ignore[assignment]
            CALL_ERRORS as CALL_ERRORS,
            Step as Step,
            apply_gradients as apply_gradients,
            as_input as as_input,
            auto_jit_compile as auto_jit_compile,
            check_batch_sizes as check_batch_sizes,
            check_devices as check_devices,
            check_same_start as check_same_start,
            compiled as compiled,
            draw_for_batch as draw_for_batch,
            is_chief as is_chief,
            mean_of_batch as mean_of_batch,
            recorded_pass as recorded_pass,
            rows_of_blocks as rows_of_blocks,
            value_and_gradients as value_and_gradients,
            variables_scope as variables_scope,
            whole_batch as whole_batch,
            wrap_test_function as wrap_test_function,
            wrap_train_function as wrap_train_function,
        )
    case "torch":
        from keras_gan_kit._backend.torch import (  # type: ignore[assignment]
            CALL_ERRORS as CALL_ERRORS,
            Step as Step,
            apply_gradients as apply_gradients,
            as_input as as_input,
            auto_jit_compile as auto_jit_compile,
            check_batch_sizes as check_batch_sizes,
            check_devices as check_devices,
            check_same_start as check_same_start,
            compiled as compiled,
            draw_for_batch as draw_for_batch,
            is_chief as is_chief,
            mean_of_batch as mean_of_batch,
            recorded_pass as recorded_pass,
            rows_of_blocks as rows_of_blocks,
            value_and_gradients as value_and_gradients,
            variables_scope as variables_scope,
            whole_batch as whole_batch,
            wrap_test_function as wrap_test_function,
            wrap_train_function as wrap_train_function,
        )
    case other:
        raise ImportError(
            f"keras_gan_kit supports the Keras backends tensorflow, jax and torch. Received: "
            f"{other}. Fix: set KERAS_BACKEND to one of them before Keras is imported."
        )


def input_gradients(function: Callable[[Any], Any], inputs: Any) -> Any:
    """Computes d sum(function(inputs)) / d inputs, in their structure; differentiable again."""
    _, gradients = recorded_pass(function, inputs)
    return gradients()
