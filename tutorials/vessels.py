"""
Segmentation: vessels of the retina
===================================

This tutorial trains V-GAN: a U-Net that segments the vessels of the retina, and a discriminator
that judges pairs of image and mask. The retinas are simulated. `examples/vgan_retina.py` trains on
DRIVE and CHASE_DB1.
"""

from pathlib import Path

import keras
import numpy as np
from PIL import Image

from keras_gan_kit import ImageToImageGAN, callbacks, data, datasets, evaluation, networks

# %%
# Settings

IMAGE_SIZE = 128
EPOCHS = 20
OUTPUT = Path("runs/vessels")

# %%
# Pairs of an image and a mask. For your own folders, use `data.paired_images`.

pairs = datasets.simulated_fundus(32, image_size=IMAGE_SIZE, standardize=True)
training, test = pairs[:24], pairs[24:]
print(training.images.shape, training.labels.shape)

# %%
# The networks take images of any size.

shape = (None, None, 3)
gan = ImageToImageGAN(
    networks.unet_generator(shape, filters=8, depth=4, seed=0),
    networks.vgan_discriminator(shape, filters=8, kind="patch1", seed=0),
    seed=0,
)
gan.compile(
    generator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5),
    discriminator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5),
)

# %%
# `data.PairedDataset` augments images and masks together.

gan.fit(
    data.PairedDataset(
        training, batch_size=4, augmentation=data.pair_augmentation("keras"), seed=0
    ),
    epochs=EPOCHS,
    callbacks=[callbacks.PeriodicCheckpoint(OUTPUT / "checkpoints", every=10)],
    verbose=2,
)

# %%
# Test images, their true masks, and the predictions.

predicted = gan.predict(test.images, verbose=0)
parts = [
    test.pixels()[:4],
    np.repeat(test.labels[:4], 3, -1),
    np.repeat(predicted[:4], 3, -1),
]
rows = [np.concatenate(list(part), axis=1) for part in parts]
picture = Image.fromarray(np.uint8(255 * np.concatenate(rows).clip(0, 1) + 0.5))
picture.save(OUTPUT / "predictions.png")
picture

# %%
# The threshold comes from the training images. The test images are only used for the scores.

validation = [training.labels, gan.predict(training.images, verbose=0), training.masks]
report = evaluation.segmentation_report(
    test.labels, predicted, masks=test.masks, validation=validation
)
report.save(OUTPUT / "report")
print(report)

# %%
# :doc:`/projects/vgan_retina` has results on real retinas and compares this with the paper.
