"""WFDB records: values are wfdb's, comments of headers stay in the files."""

import numpy as np
import pytest

from keras_gan_kit.data import signals_from_wfdb

wfdb = pytest.importorskip("wfdb")
# wfdb 4.3 uses what pandas 3.1 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")
LEADS = ["I", "II", "V1"]


def record(folder, name, length=200, leads=LEADS, fs=500, seed=0):
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(seed)
    signal = np.sin(np.linspace(0, 9, length))[:, None] * draw.uniform(0.5, 1.5, len(leads))
    wfdb.wrsamp(
        name,
        fs=fs,
        units=["mV"] * len(leads),
        sig_name=list(leads),
        p_signal=signal,
        fmt=["16"] * len(leads),
        comments=["Name: John Doe"],
        write_dir=str(folder),
    )
    return wfdb.rdrecord(str(folder / name)).p_signal


def test_values_are_those_of_wfdb(tmp_path):
    expected = [record(tmp_path / "p1", "a"), record(tmp_path / "p2", "b", seed=1)]
    found = signals_from_wfdb(tmp_path)
    np.testing.assert_array_equal(found.signals, np.float32(expected))
    assert found.names == ("p1/a", "p2/b")
    assert found[2:] == (tuple(LEADS), ("mV",) * 3, 500.0)
    assert "Doe" not in repr(found)
    one = signals_from_wfdb(tmp_path / "p1" / "a", channels=["V1", "I"], length=50)
    np.testing.assert_array_equal(one.signals[0], np.float32(expected[0][:50, [2, 0]]))
    assert one.names == ("a",) and one.channel_names == ("V1", "I")
    scaled = signals_from_wfdb(tmp_path / "p1" / "a.hea", source_range=(-0.5, 0.5)).signals[0]
    np.testing.assert_allclose(scaled, (2 * expected[0]).clip(-1, 1), atol=1e-6)


def test_records_that_do_not_go_together_are_named(tmp_path):
    record(tmp_path, "a"), record(tmp_path, "b", length=100)
    with pytest.raises(ValueError, match=r"`length`.*100 to 200 samples.*length=100"):
        signals_from_wfdb(tmp_path)
    assert signals_from_wfdb(tmp_path, length=100).signals.shape == (2, 100, 3)
    with pytest.raises(ValueError, match=r"`length`.*100 samples in .*b\.hea"):
        signals_from_wfdb(tmp_path, length=150)
    with pytest.raises(ValueError, match=r"`channels`.*\['V9'\].*a\.hea"):
        signals_from_wfdb(tmp_path, length=100, channels=["I", "V9"])
    record(tmp_path, "b", fs=250)
    with pytest.raises(ValueError, match=r"b\.hea.*at 250 Hz.*at 500 Hz"):
        signals_from_wfdb(tmp_path)


def test_damaged_records_are_named(tmp_path):
    record(tmp_path, "a")
    (tmp_path / "a.dat").write_bytes((tmp_path / "a.dat").read_bytes()[:100])
    with pytest.raises(ValueError, match=r"a\.hea.*wfdb can't read|a\.hea.*samples"):
        signals_from_wfdb(tmp_path)
    (tmp_path / "a.dat").unlink()
    with pytest.raises(ValueError, match=r"a\.hea.*wfdb can't read"):
        signals_from_wfdb(tmp_path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        signals_from_wfdb(tmp_path / "b")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="without a header file"):
        signals_from_wfdb(tmp_path / "empty")
