import os

import pytest

from keras_gan_kit.data import _available_memory
from keras_gan_kit.data._available_memory import available_memory


@pytest.mark.skipif(not hasattr(os, "sysconf"), reason="needs Unix to say what is built in")
def test_no_more_is_available_than_is_built_in():
    built_in = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < available_memory() <= built_in


@pytest.mark.parametrize(
    ("meminfo", "container", "expected"),
    [
        ("MemTotal: 9 kB\nMemAvailable: 5 kB\n", "max\n", 5 * 1024),
        ("MemTotal: 9 kB\nMemAvailable: 5 kB\n", None, 5 * 1024),
        ("MemTotal: 9 kB\nMemAvailable: 5 kB\n", "4096\n", 4096),
        ("MemTotal: 9 kB\nMemAvailable: 5 kB\n", "8192\n", 5 * 1024),
        ("no such line", "1\n", 1),
        (None, "1\n", 1),
    ],
)
def test_the_lower_of_what_the_system_and_the_container_state(
    tmp_path, monkeypatch, meminfo, container, expected
):
    for name, content in (("_MEMINFO", meminfo), ("_CONTAINER", container)):
        path = tmp_path / name
        if content is not None:
            path.write_text(content)
        monkeypatch.setattr(_available_memory, name, path)
    assert available_memory() == expected
