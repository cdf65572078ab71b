"""Samples from a trained model, in the order and the amount that a purpose asks for."""

from keras_gan_kit.generation.interpolate_latents import (
    interpolate_latents as interpolate_latents,
)
