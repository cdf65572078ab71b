"""
Your own images
===============

This tutorial trains a GAN on a folder of photos: it reads the folder, trains, looks at samples,
judges them, and writes a dataset. The photos are crops of two pictures that come with
scikit-learn, one folder for each. To use your own photos, change `PHOTOS` and skip the cell that
creates the crops.
"""

from pathlib import Path

import keras
import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_images

from keras_gan_kit import (
    ConditionalGAN,
    callbacks,
    data,
    evaluation,
    generation,
    networks,
    penalties,
)

# %%
# Settings
# --------
# Start small. Larger images need more time: a step at 64x64 takes about four times as long as one
# at 32x32.

PHOTOS = Path("runs/own_images/photos")
OUTPUT = Path("runs/own_images")
IMAGE_SIZE = 32
CROPS = 250
EPOCHS = 100

# %%
# A folder of photos
# ------------------
# Put the photos of each class in a sub-folder with the name of the class. All formats that Pillow
# reads work, and photos may have different sizes. This cell creates such a folder: 250 crops of a
# flower and 250 of a temple in China.

rng = np.random.default_rng(0)
sample_images = load_sample_images()
for name, photo in zip(sample_images.filenames, sample_images.images, strict=True):
    folder = PHOTOS / Path(name).stem
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(CROPS):
        height, width = rng.integers(120, 240, size=2)
        top = rng.integers(photo.shape[0] - height)
        left = rng.integers(photo.shape[1] - width)
        crop = photo[top : top + height, left : left + width]
        Image.fromarray(crop).save(folder / f"{number:03d}.jpg")

# %%
# Read it
# -------
# `labels="inferred"` takes the classes from the sub-folders. `color_mode="rgb"` keeps the colors;
# the default is grayscale. `crop_to_aspect_ratio=True` cuts photos to a square instead of
# squeezing them. The result is a named tuple. If all your photos are in one folder, leave out
# `labels` and use a `RelativisticGAN` instead of the `ConditionalGAN` below.

photos = data.images_from_directory(
    PHOTOS, IMAGE_SIZE, labels="inferred", color_mode="rgb", crop_to_aspect_ratio=True
)
images, labels, classes = photos.images, photos.labels, photos.class_names
print(images.shape, images.dtype, classes, np.bincount(labels))

# Keep a fifth as a holdout, to judge the samples.
order = np.random.default_rng(0).permutation(len(images))
training, holdout = order[len(order) // 5 :], order[: len(order) // 5]

# %%
# Build the model
# ---------------
# 400 photos are few. `data.DifferentiableAugment` shifts real and generated images inside the
# training step, so that the discriminator does not memorize the photos.

shape = images.shape[1:]
latent_dim, embedding_dim = 64, 16
gan = ConditionalGAN(
    networks.conditional_generator(
        networks.residual_generator(shape, latent_dim + embedding_dim, seed=0),
        len(classes),
        embedding_dim=embedding_dim,
        seed=0,
    ),
    networks.conditional_discriminator(
        networks.residual_discriminator(shape, seed=0), len(classes), seed=0
    ),
    num_classes=len(classes),
    augmenter=data.DifferentiableAugment("translation"),
    ema_momentum=0.995,
    seed=0,
)
gan.compile(
    loss="relativistic",
    penalties=[penalties.R1(1.0), penalties.R2(1.0)],
    update="simultaneous",
    generator_optimizer=keras.optimizers.Adam(5e-4, beta_1=0.0, beta_2=0.99),
    discriminator_optimizer=keras.optimizers.Adam(5e-4, beta_1=0.0, beta_2=0.99),
)

# %%
# Train
# -----
# Open `runs/own_images/samples` during the training to follow the progress.
# `callbacks.StabilityMonitor` warns if the training diverges or collapses. To continue later,
# raise `EPOCHS` and run the program again.

gan.fit(
    images[training],
    labels[training],
    batch_size=32,
    epochs=EPOCHS,
    callbacks=[
        callbacks.SampleGrid(
            OUTPUT / "samples",
            every=10,
            rows=len(classes),
            columns=8,
            labels=range(len(classes)),
            class_names=classes,
        ),
        callbacks.PeriodicCheckpoint(OUTPUT / "checkpoints", every=10),
        callbacks.StabilityMonitor(),
    ],
    verbose=2,
)

# %%
# Look at samples
# ---------------
# The upper half shows real photos, the lower half samples of the same classes.


def tiles(batch):
    """Arranges images in rows of eight."""
    height, width, channels = batch.shape[1:]
    rows = batch.reshape(-1, 8, height, width, channels).transpose(0, 2, 1, 3, 4)
    return data.to_uint8(rows.reshape(-1, 8 * width, channels))


chosen = np.concatenate([training[labels[training] == k][:8] for k in range(len(classes))])
samples = gan.generate(labels=labels[chosen], seed=1)
picture = Image.fromarray(np.concatenate([tiles(images[chosen]), tiles(samples)]))
picture = picture.resize((2 * picture.width, 2 * picture.height), Image.Resampling.NEAREST)
picture.save(OUTPUT / "real_and_generated.png")
picture

# %%
# Judge them
# ----------
# Precision tells how realistic the samples are, and recall how varied. The report compares both
# with what other real photos reach, and `report.html` shows the samples next to their nearest real
# photos, so that you can see copies.

drawn = gan.generate(labels=labels[training], seed=2)
report = evaluation.compare_images(images[training], drawn)
report.save(OUTPUT / "report")
print(report)

# %%
# Is anything copied? `evaluation.privacy` compares the samples with the training photos and with
# the holdout.

leaks = evaluation.privacy(images[training], drawn, images[holdout])
leaks.save(OUTPUT / "privacy")
print(leaks)

# %%
# Generate a dataset
# ------------------
# This writes 1,000 PNG files and a manifest. Run it again after an interruption to continue.

gan.save(OUTPUT / "photos.keras")
generation.generate_dataset(gan, 1000, OUTPUT / "dataset", format="folder", seed=3, verbose=0)
print(sorted(path.name for path in (OUTPUT / "dataset").iterdir()))

# %%
# If the samples are not good enough, train longer first. :doc:`/little_data` has remedies for
# small datasets, and :doc:`/choosing` explains the penalty's weight.
