"""Shares models on the Hugging Face Hub, or on a server with the same API.

Needs the extra `hub`: `pip install "keras_gan_kit[hub]"`.
"""

from keras_gan_kit.hub.pull import pull as pull
from keras_gan_kit.hub.push import push as push
