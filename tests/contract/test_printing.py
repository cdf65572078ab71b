"""Every public object prints as something that a reader can use."""

import keras
import pytest
from every_name import CONCRETE, make, named, signature

from keras_gan_kit._shows_arguments import ShowsArguments

# These print as all of Keras' do: models and layers by their name, optimizers by their address.
OF_KERAS = (keras.Model, keras.Layer, keras.optimizers.Optimizer)
PRINTED = [name for name, thing in CONCRETE.items() if not issubclass(thing, OF_KERAS)]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", PRINTED)
def test_no_address_is_printed(name):
    thing = make(name)
    text = repr(thing)
    assert " at 0x" not in text
    if isinstance(thing, ShowsArguments):
        assert "\n" not in text
        assert text.startswith(f"{type(thing).__name__}(")
        for parameter in named(signature(type(thing))):
            if parameter.name not in ("args", "kwargs"):
                assert f"{parameter.name}=" in text


def test_arguments_are_shown_in_short(tmp_path):
    class Shown(ShowsArguments):
        def __init__(self, path, arrays, function, loss, text, rest=3, hidden=4, **options):
            self.path, self.arrays, self.function = path, arrays, function
            self.loss, self.text, self.rest = loss, text, rest

    array = keras.ops.convert_to_numpy(keras.ops.zeros((2, 3)))
    shown = Shown(tmp_path, {"image": array}, len, keras.losses.Poisson(), "a" * 1000)
    text = repr(shown)
    assert f"path={str(tmp_path)!r}, arrays={{'image': <ndarray of shape (2, 3)>}}" in text
    assert "function=len, loss=<Poisson>, text='aaa" in text
    assert text.endswith(", rest=3)")
    assert len(text) < 600
