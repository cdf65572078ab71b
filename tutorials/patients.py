"""
Patients: an image and a table row
==================================

This tutorial trains a joint GAN on simulated patients. Each patient is an ECG image and a row of
35 columns. The trained model generates both from one latent, so that the row matches the image.
"""

from pathlib import Path

from PIL import Image

from keras_gan_kit import (
    RelativisticGAN,
    callbacks,
    data,
    datasets,
    evaluation,
    networks,
    penalties,
)

# %%
# Settings

PATIENTS = 1000
EPOCHS = 10
OUTPUT = Path("runs/patients")

# %%
# Simulated patients: images and a pandas DataFrame. For your own files, use `data.joint_cohort`,
# which joins a folder of images and a table by file name.

images, rows = datasets.simulated_ecg_cohort(
    PATIENTS, image_size=(32, 64), leads=["V5"], grid=False, seed=0
)
print(images.shape)
print(rows.iloc[:3, :6])

# %%
# `data.TableTransformer` encodes mixed columns as a matrix, and decodes generated matrices as a
# table. Check the inferred kinds of the columns before you train.

table = data.TableTransformer(scaling="modes")
samples = {"image": images, "table": table.fit_transform(rows)}
print(table.summary().iloc[:8, :4].to_string())

# %%
# A sample is a dict, and so is the output of the generator. `penalties.Mismatch` shows the
# discriminator images with the rows of other patients, so that it learns which belong together.

shape = images.shape[1:]
gan = RelativisticGAN(
    networks.joint_residual_generator(shape, table, filters=(32, 16, 8), seed=0),
    networks.joint_residual_discriminator(shape, table, filters=(8, 16, 32), seed=0),
    ema_momentum=0.99,
    seed=0,
)
gamma = 2e-5 * shape[0] * shape[1]
gan.compile(penalties=[penalties.R1(gamma), penalties.R2(gamma), penalties.Mismatch(3.0)])
gan.fit(
    samples,
    batch_size=32,
    epochs=EPOCHS,
    callbacks=[
        callbacks.LossHistory(OUTPUT, every=10),
        callbacks.PeriodicCheckpoint(OUTPUT / "checkpoints"),
    ],
    verbose=2,
)

# %%
# Synthetic patients: their images, and the same patients as rows of a table.

patients = gan.generate(PATIENTS, seed=1)
synthetic = table.inverse_transform(patients["table"])
grid = patients["image"][:16, ..., 0].reshape(4, 4, *shape[:2]).transpose(0, 2, 1, 3)
picture = Image.fromarray(data.to_uint8(grid.reshape(4 * shape[0], 4 * shape[1])))
picture = picture.resize((2 * picture.width, 2 * picture.height), Image.Resampling.NEAREST)
picture.save(OUTPUT / "patients.png")
picture

# %%

print(synthetic.iloc[:5, :6])

# %%
# Do they resemble the real patients, and do rows match their images? Scores of 1 are best.

report = evaluation.compare_cohorts(
    {"image": images, "table": rows}, {"image": patients["image"], "table": synthetic}
)
report.save(OUTPUT / "report")
print({name: round(report.scores[name]["value"], 2) for name in ("link", "link_worst")})

# %%
# :doc:`/cohorts` is the guide to joint samples, and :doc:`/joint_report` explains such a report.
