"""Checks that the discriminator accepts the last, smaller batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras import ops, tree

from keras_gan_kit._backend import CALL_ERRORS
from keras_gan_kit._errors import invalid
from keras_gan_kit.models._inspection import input_of, may_group_samples

if TYPE_CHECKING:
    from keras_gan_kit.models._gan_model import GANModel


def check_groups(gan: GANModel, argument: str, num_samples: int, rest: int) -> None:
    """Checks that the discriminator takes a batch of `rest` samples.

    A discriminator with minibatch standard deviation, for example, needs groups of a fixed size.

    Args:
        gan: The model.
        argument: The argument that the batch size comes from, without backticks.
        num_samples: The number of samples in a pass.
        rest: The number of samples in its last batch; 0 if it is full.

    Raises:
        ValueError: If it does not.
    """
    network = gan.discriminator
    sized = all(None not in tuple(x.shape)[1:] for x in tree.flatten(input_of(network)))
    if not rest or not sized or not may_group_samples(network):
        return
    zeros = tree.map_structure(
        lambda x: ops.zeros((rest, *x.shape[1:]), x.dtype), input_of(network)
    )
    try:
        network(zeros, training=False)
    except CALL_ERRORS as error:
        # The first line of Keras' message only names the layer.
        lines = [line for line in str(error).splitlines() if line.strip()]
        reason = next((line for line in lines if "Exception enc" not in line), "")
        raise invalid(
            argument,
            received=f"a last batch of {rest} of the {num_samples} samples, which the "
            f"discriminator does not accept ({reason:.100})",
            expected="batches that it accepts",
            fix="pass drop_remainder=True, which leaves out the samples of the last batch, or "
            "another batch size",
        ) from error
