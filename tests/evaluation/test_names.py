"""Functions that share their name with a folder of modules stay functions."""

import subprocess
import sys

import pytest

# Each is run first in a fresh process.
FIRST = [
    "import keras_gan_kit.evaluation.privacy.privacy",
    "import keras_gan_kit.evaluation.utility.utility",
    "import keras_gan_kit.evaluation.privacy._closeness, keras_gan_kit.evaluation.utility._data",
    "from keras_gan_kit.evaluation.privacy import _copies",
    "from keras_gan_kit.evaluation.utility.utility import utility",
    "import importlib; importlib.import_module('keras_gan_kit.evaluation.privacy._sections')",
    "import keras_gan_kit.evaluation as e, importlib; importlib.reload(e)",
    "import keras_gan_kit.evaluation.__main__",
]


@pytest.mark.parametrize("first", FIRST)
def test_a_function_is_not_hidden_by_its_folder(first):
    code = f"""
{first}
from keras_gan_kit import evaluation
from keras_gan_kit.evaluation import compare_tables, privacy, utility
for function in (compare_tables, privacy, utility):
    assert callable(function), function
    assert getattr(evaluation, function.__name__) is function
import keras_gan_kit.evaluation.privacy._closeness
import keras_gan_kit.evaluation.utility._targets
assert evaluation.privacy is privacy
assert evaluation.utility is utility
import pickle
assert pickle.loads(pickle.dumps(privacy)) is privacy
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=120)
