"""
Getting started: choose a digit and generate it
===============================================

In this tutorial you train a GAN on handwritten digits. You look at its samples, judge them,
generate digits of a class that you choose, and save the model. Training takes about a minute on a
CPU with 2 cores. The images come with scikit-learn, so nothing is downloaded.
"""

from pathlib import Path

import keras
import numpy as np
from PIL import Image

from keras_gan_kit import ConditionalGAN, callbacks, data, datasets, evaluation

# %%
# Settings
# --------
# Raise `EPOCHS` for better samples.

IMAGE_SIZE = 16
EPOCHS = 60
OUTPUT = Path("runs/digits")

# %%
# Load the data
# -------------
# Images are float32 in [-1, 1], channels last. Labels are the integers 0 to 9. Set a fifth of the
# images aside to judge the samples later.

images, labels = datasets.digits(image_size=IMAGE_SIZE)
order = np.random.default_rng(0).permutation(len(images))
training, holdout = order[360:], order[:360]
print(images.shape, images.min(), images.max(), np.bincount(labels))

# %%
# Build the model
# ---------------
# A GAN has two players: a generator, which turns random latents into images, and a discriminator,
# which scores how real an image looks. A `ConditionalGAN` learns one generator for all classes.
# `ConditionalGAN.relativistic` builds both networks and compiles them with a loss, penalties that
# keep the discriminator smooth, and an optimizer for each player. :doc:`own_images` does the same
# step by step.

gan = ConditionalGAN.relativistic((IMAGE_SIZE, IMAGE_SIZE, 1), num_classes=10, seed=0)
gan.summary()

# %%
# Train
# -----
# `fit` is the `fit` of Keras. The callbacks save a grid of samples every ten epochs and a
# checkpoint of the whole training. If you interrupt the training and run this cell again in a new
# session, it continues from the checkpoint.

gan.fit(
    images[training],
    labels[training],
    batch_size=64,
    epochs=EPOCHS,
    callbacks=[
        callbacks.SampleGrid(OUTPUT / "samples", every=10, rows=5, columns=10, labels=range(5)),
        callbacks.LossHistory(OUTPUT),
        callbacks.PeriodicCheckpoint(OUTPUT / "checkpoints", every=10),
    ],
    verbose=2,
)

# %%
# Look at samples
# ---------------
# Each row shows ten samples of one digit. `seed` makes the samples reproducible: sample i depends
# only on the seed and on i.

samples = gan.generate(labels=np.repeat(np.arange(10), 10), seed=1)
padded = np.pad(data.to_uint8(samples)[..., 0], ((0, 0), (2, 2), (2, 2)))
side = padded.shape[1]
grid = padded.reshape(10, 10, side, side).transpose(0, 2, 1, 3).reshape(10 * side, 10 * side)
picture = Image.fromarray(grid).resize((800, 800), Image.Resampling.BICUBIC)
picture.save(OUTPUT / "digits.png")
picture

# %%
# Judge them
# ----------
# Precision is the share of samples that look like real digits, and recall is the share of real
# digits that the samples cover. Compare both with the values that other real digits reach.

real = images[training].reshape(len(training), -1)
unseen = images[holdout].reshape(len(holdout), -1)
generated = gan.generate(labels=labels[holdout], seed=2).reshape(len(holdout), -1)
for name, candidates in {"samples": generated, "unseen real digits": unseen}.items():
    precision, recall = evaluation.precision_recall(real, candidates)
    print(f"{name}: precision {precision:.2f}, recall {recall:.2f}")

# %%
# Save and load
# -------------
# A `.keras` file contains the networks, the optimizers and the random states.

gan.save(OUTPUT / "digits.keras")
loaded = keras.saving.load_model(OUTPUT / "digits.keras")
sevens = loaded.generate(5, labels=7, seed=0)

# %%
# Next steps: :doc:`own_images` uses your own photos, :doc:`/choosing` helps you choose a model,
# and :doc:`/reports` explains how to judge samples in depth.
