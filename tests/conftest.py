"""What all tests share: small networks, a fixed seed, and where real data may lie."""

import json
import os
import signal
import struct
import sys
import zlib
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import pytest

from keras_gan_kit import GAN, networks

SHAPE = (4, 4, 1)


@pytest.fixture(autouse=True)
def fixed_seed():
    keras.utils.set_random_seed(0)
    yield
    keras.config.set_dtype_policy("float32")


@pytest.fixture(autouse=True, scope="module")
def memory():
    """Frees the graphs of a file's models."""
    yield
    keras.utils.clear_session()


@pytest.fixture
def images():
    """Forty-two images in [-1, 1]: the last batch of 8 has 2."""
    return np.random.default_rng(0).uniform(-1, 1, (42, *SHAPE)).astype("float32")


@pytest.fixture
def make_gan():
    """Makes a small GAN; the same every time."""

    def make(cls=GAN, **options):
        keras.utils.set_random_seed(0)
        generator = networks.dense_generator(SHAPE, 3, (8,))
        discriminator = networks.dense_discriminator(SHAPE, (8,))
        return cls(generator, discriminator, **{"seed": 0} | options)

    return make


@pytest.fixture
def several_steps():
    """A number of steps per execution that the backend can do."""
    return 1 if keras.backend.backend() == "torch" else 3


@pytest.fixture(scope="session")
def shared_data():
    """The folder of real data; tests that need it are skipped without it."""
    default = Path(__file__).parents[2] / "shared" / "data"
    path = Path(os.environ.get("KERAS_GAN_KIT_DATA", default))
    if not path.is_dir():
        pytest.skip(f"no real data at {path}; set KERAS_GAN_KIT_DATA")
    return path


@pytest.fixture
def benchmark_scripts(monkeypatch):
    """Makes the scripts of `benchmarks` importable for one test, and forgets them."""
    folder = Path(__file__).parents[1] / "benchmarks"
    before = set(sys.modules)
    monkeypatch.syspath_prepend(folder)
    yield
    for name in set(sys.modules) - before:
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def to_numpy(variable):
    return np.array(keras.ops.convert_to_numpy(variable))


@pytest.fixture
def state_of():
    """Copies everything that a training step changes."""

    def state(gan):
        variables = [*gan.variables, *gan.optimizer.variables, *gan.metrics_variables]
        return [to_numpy(variable) for variable in variables]

    return state


@pytest.fixture
def check_same():
    """Asserts that two states are equal, bit by bit or to a tolerance."""

    def check(first, second, *, tolerance=0.0):
        assert len(first) == len(second)
        for a, b in zip(first, second, strict=True):
            if tolerance:
                np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)
            else:
                np.testing.assert_array_equal(a, b)

    return check


@pytest.fixture
def damaged():
    """Cuts bytes off, or makes others of some, half of these near the beginning: headers."""

    def damage(content, chance):
        if chance.random() < 0.25:
            return content[: chance.randrange(len(content))]
        changed = bytearray(content)
        for _ in range(chance.choice([1, 2, 8])):
            place = chance.randrange(min(len(changed), chance.choice([64, 256, len(changed)])))
            changed[place] = chance.choice([changed[place] ^ 1 << chance.randrange(8), 0, 255])
        return bytes(changed)

    return damage


@pytest.fixture
def mutated():
    """Makes JSON in which one thing is gone, or another one."""
    junk = [None, -1, 0, 2**70, 10**12, 1.5, True, "", "x", [], {}, [None], {"a": 1}]
    junk += ["../..", float("nan")]

    def mutate(text, chance):
        content = json.loads(text)
        places = []

        def collect(node):
            for key in node if isinstance(node, dict) else range(len(node)):
                places.append((node, key))
                if isinstance(node[key], dict | list):
                    collect(node[key])

        collect(content)
        node, key = chance.choice(places)
        if chance.random() < 0.3:
            del node[key]
        else:
            node[key] = chance.choice(junk)
        return json.dumps(content).encode()

    return mutate


@pytest.fixture
def bomb():
    """A PNG of some bytes that says that it has 400 million pixels."""

    def chunk(kind, content):
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


@pytest.fixture
def postscript(monkeypatch):
    """A picture that is a program, and goes on for ever; that Pillow has it run is a failure."""
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *_: pytest.fail("a program runs"))
    return b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 4\n%%EndComments\n{} loop\n%%EOF\n"


class _Code:
    """What a pickle does when it is opened."""

    def __reduce__(self):
        return exec, ("open('run', 'w').close()",)


@pytest.fixture
def hostile_array():
    """An array that writes a file `run` when its pickle is opened."""
    return np.array([_Code()], object)


@pytest.fixture
def seconds_of_work():
    """Ends what computes for too long, however busy the machine is."""

    def stop(*_):
        raise TimeoutError("it goes on and on")

    @contextmanager
    def limit(seconds):
        if not hasattr(signal, "SIGVTALRM"):
            yield
            return
        before = signal.signal(signal.SIGVTALRM, stop)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)

    return limit
