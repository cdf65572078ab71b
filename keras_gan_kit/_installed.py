"""Imports Keras, and explains what to install if its backend is missing."""

try:
    import keras as keras
except ImportError as error:
    if error.name not in ("tensorflow", "jax", "torch"):
        raise
    raise ImportError(
        f"Keras is set to the backend {error.name!r}, which is not installed. Fix: run "
        f"`pip install 'keras_gan_kit[{error.name}]'`, or set the environment variable "
        "KERAS_BACKEND to 'tensorflow', 'jax' or 'torch', whichever is installed, before Keras is "
        "imported."
    ) from error
