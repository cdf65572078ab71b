"""Attributes of a model and of its training are declared: mypy accepts these and no misspelt ones.

Nothing here runs. mypy reads this file with the package, and complains of an `ignore` that is not
needed: so each line below that has one is a fault that mypy found.
"""

from keras_gan_kit import GAN, ConditionalGAN, networks


def used(*_: object) -> None:
    """Takes what is looked up."""


gan = GAN(networks.dense_generator((8, 8, 1)), networks.dense_discriminator((8, 8, 1)))
gan.compile()
used(gan.progress.position.batch_size, gan.progress.steps, gan.steps_taken, gan.get_layer)
used(gan.step_logs)  # type: ignore[attr-defined]
used(gan.progress.positon)  # type: ignore[attr-defined]
used(gan.progress.position.bach_size)  # type: ignore[attr-defined]
gan.progres = gan.progress  # type: ignore[attr-defined]
used(ConditionalGAN.num_class)  # type: ignore[attr-defined]
