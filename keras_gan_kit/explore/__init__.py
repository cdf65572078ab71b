"""Explores a trained model in a browser: samples, conditions, directions and latent paths.

Needs the extra `explore`: `pip install "keras_gan_kit[explore]"`. The command is
`python -m keras_gan_kit.explore MODEL [--table FILE]`.
"""

from keras_gan_kit.explore.explorer import explorer as explorer
