"""A Keras model whose file holds everything that training goes on with."""

from __future__ import annotations

import copy
from typing import Any

import keras
import numpy as np

from keras_gan_kit.models.random_states import load_random_states, save_random_states

_NETWORKS = ("generator", "discriminator", "augmenter")
_SETTINGS = ("discriminator_steps", "ema_momentum", "seed", "name")


class WholeStateModel(keras.Model):
    """The abstract part of `GAN` that saves and loads.

    Keras writes networks, optimizers and metrics. The arguments of `compile`, which `GAN`
    overrides, the random states, and where training stands are added here.
    """

    _compile_arguments: dict[str, Any] | None = None
    saved_place: tuple[int, ...] = (0, 0, 0, 0)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        config: dict[str, Any] = keras.saving.serialize_keras_object(
            {name: getattr(self, name) for name in _NETWORKS + _SETTINGS}
        )
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes the model that `get_config` described."""
        config = copy.deepcopy(config)  # Keras takes nested configurations apart
        return cls(**keras.saving.deserialize_keras_object(config, custom_objects))

    def get_compile_config(self) -> dict[str, Any]:
        """Returns the arguments of `compile`."""
        if self._compile_arguments is None:
            return {}
        config: dict[str, Any] = keras.saving.serialize_keras_object(self._compile_arguments)
        return config

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles as `get_compile_config` described."""
        self.compile(**keras.saving.deserialize_keras_object(config))

    @property
    def random_states(self) -> list[Any]:
        """The seeds of the model and of every layer that draws numbers: Keras saves none."""
        known = {id(variable) for variable in self.weights}
        return [variable for variable in self.variables if id(variable) not in known]

    def save_own_variables(self, store: Any) -> None:
        """Writes what Keras leaves out: the seeds, and where training stands."""
        save_random_states(self.random_states, store)
        store["position"] = np.array(self.place, "int64")

    def load_own_variables(self, store: Any) -> None:
        """Reads what `save_own_variables` wrote.

        Raises:
            ValueError: If the file holds another number of seeds.
        """
        load_random_states(self.random_states, store)
        self.saved_place = tuple(int(n) for n in np.asarray(store["position"]))
