"""The model that comes with the package draws the digits that are asked for."""

import numpy as np
from sklearn.svm import SVC

from keras_gan_kit import data, datasets, pretrained


def test_digits_are_those_that_are_asked_for():
    images, labels = datasets.digits(image_size=16)
    judge = SVC().fit(images.reshape(len(images), -1), labels)
    asked_for = np.repeat(np.arange(10), 20)
    drawn = pretrained.digits().generate(200, labels=asked_for, seed=0)
    assert judge.score(drawn.reshape(200, -1), asked_for) >= 0.95
    # No two are equal: it has not collapsed.
    assert len(np.unique(data.to_uint8(drawn).reshape(200, -1), axis=0)) == 200
