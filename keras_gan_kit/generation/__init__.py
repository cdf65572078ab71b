"""Draws samples from trained models: datasets on disk, latent paths, directions and inversion."""

from keras_gan_kit.generation.generate_dataset import generate_dataset as generate_dataset
from keras_gan_kit.generation.generated_dataset import GeneratedDataset as GeneratedDataset
from keras_gan_kit.generation.interpolate_latents import (
    interpolate_latents as interpolate_latents,
)
from keras_gan_kit.generation.invert import invert as invert
from keras_gan_kit.generation.latent_directions import latent_directions as latent_directions
from keras_gan_kit.generation.read_dataset import read_dataset as read_dataset
