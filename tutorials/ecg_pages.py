"""
Few images: ECG pages
=====================

This tutorial trains a DCGAN on 200 simulated ECG pages, with augmentation, a video of the training
and loss plots. With real scans, `examples/dcgan_ecg.py` reproduces a published study of 800x800
pages.
"""

from pathlib import Path

import keras
import numpy as np
from PIL import Image

from keras_gan_kit import GAN, callbacks, data, datasets, networks

# %%
# Settings

IMAGE_SIZE = 64
PAGES = 200
EPOCHS = 60
OUTPUT = Path("runs/ecg_pages")

# %%
# Simulated pages. For your own scans, use `data.images_from_directory("scans", IMAGE_SIZE,
# pad_to_aspect_ratio=True)`.

pages, _ = datasets.simulated_ecg_cohort(PAGES, image_size=IMAGE_SIZE, leads=["V5"], seed=0)
print(pages.shape)

# %%
# A DCGAN with 4x4 kernels and an averaged generator. `augmenter` shifts real and generated pages
# inside the training step.

shape = (IMAGE_SIZE, IMAGE_SIZE, 1)
gan = GAN(
    networks.dcgan_generator(shape, filters=(128, 64, 32, 16), kernels=4, strides=2, seed=0),
    networks.dcgan_discriminator(shape, filters=(16, 32, 64, 128), kernels=4, seed=0),
    augmenter=data.DifferentiableAugment("translation"),
    ema_momentum=0.99,
    seed=0,
)
gan.compile(
    generator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
    discriminator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
    update="simultaneous",
)

# %%
# Train. `callbacks.TrainingVideo` makes a video of the sample grids.

gan.fit(
    pages,
    batch_size=16,
    epochs=EPOCHS,
    callbacks=[
        callbacks.SampleGrid(OUTPUT / "samples", rows=2, columns=2, size=None),
        callbacks.TrainingVideo(OUTPUT / "samples", OUTPUT / "training.gif", fps=10),
        callbacks.LossHistory(OUTPUT, every=10),
        callbacks.LossPlot(OUTPUT),
        callbacks.PeriodicCheckpoint(OUTPUT / "checkpoints", every=10),
        callbacks.StabilityMonitor(),
    ],
    verbose=2,
)

# %%
# Top: real pages. Bottom: generated pages.

rows = [
    np.concatenate(list(batch[..., 0]), axis=1) for batch in (pages[:6], gan.generate(6, seed=1))
]
picture = Image.fromarray(data.to_uint8(np.concatenate(rows)))
picture = picture.resize((2 * picture.width, 2 * picture.height), Image.Resampling.NEAREST)
picture.save(OUTPUT / "real_and_generated.png")
picture

# %%
# The losses during the training.

Image.open(OUTPUT / "loss_lines.png").convert("RGB")

# %%
# :doc:`/little_data` explains what helps with a few hundred images, and :doc:`/projects/dcgan_ecg`
# compares this with a published study.
