"""The seam between Keras and its backends: the few things that `keras.ops` does not offer.

Each backend's file defines the same six names; everything else in the package is written once.

- `value_and_gradients(objective, variable_groups)`: one loss for each group of variables, from
  one shared forward pass;
- `input_gradients(function, inputs)`: the gradient of an output with respect to its inputs,
  itself differentiable;
- `apply_gradients(optimizer, gradients, variables)`: one optimizer step;
- `auto_jit_compile(convolutional, supports_jit)`: what `jit_compile="auto"` means here;
- `as_input(dataset)`: what Keras is given to read an `ArrayDataset` from;
- `AdversarialTrainer`: a mixin whose `train_step` and `test_step` have the signature that the
  backend's Keras trainer calls, and pass the batch to `adversarial_step` and `evaluation_step`.
"""

import keras

match keras.backend.backend():
    case "tensorflow":
        from keras_gan_kit._backend.tensorflow import (
            AdversarialTrainer as AdversarialTrainer,
        )
        from keras_gan_kit._backend.tensorflow import (
            apply_gradients as apply_gradients,
        )
        from keras_gan_kit._backend.tensorflow import (
            as_input as as_input,
        )
        from keras_gan_kit._backend.tensorflow import (
            auto_jit_compile as auto_jit_compile,
        )
        from keras_gan_kit._backend.tensorflow import (
            input_gradients as input_gradients,
        )
        from keras_gan_kit._backend.tensorflow import (
            value_and_gradients as value_and_gradients,
        )
    case "jax":
        from keras_gan_kit._backend.jax import (  # type: ignore[assignment]
            AdversarialTrainer as AdversarialTrainer,
        )
        from keras_gan_kit._backend.jax import (
            apply_gradients as apply_gradients,
        )
        from keras_gan_kit._backend.jax import (
            as_input as as_input,
        )
        from keras_gan_kit._backend.jax import (
            auto_jit_compile as auto_jit_compile,
        )
        from keras_gan_kit._backend.jax import (
            input_gradients as input_gradients,
        )
        from keras_gan_kit._backend.jax import (
            value_and_gradients as value_and_gradients,
        )
    case "torch":
        from keras_gan_kit._backend.torch import (  # type: ignore[assignment]
            AdversarialTrainer as AdversarialTrainer,
        )
        from keras_gan_kit._backend.torch import (
            apply_gradients as apply_gradients,
        )
        from keras_gan_kit._backend.torch import (
            as_input as as_input,
        )
        from keras_gan_kit._backend.torch import (
            auto_jit_compile as auto_jit_compile,
        )
        from keras_gan_kit._backend.torch import (
            input_gradients as input_gradients,
        )
        from keras_gan_kit._backend.torch import (
            value_and_gradients as value_and_gradients,
        )
    case other:
        raise ImportError(
            f"keras_gan_kit trains on the Keras backends tensorflow, jax and torch. Received: "
            f"{other}. Fix: set KERAS_BACKEND to one of them before Keras is imported."
        )
