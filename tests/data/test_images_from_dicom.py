"""DICOM files made on the spot: values are pydicom's, patients stay in the files."""

import io

import numpy as np
import pytest

from keras_gan_kit.data import images_from_dicom

pydicom = pytest.importorskip("pydicom")
RAMP = np.arange(4096, dtype="uint16").reshape(64, 64)


def dicom(path, pixels, *, bits=12, kind="MONOCHROME2", syntax=None, frames=None, **elements):
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = syntax or ExplicitVRLittleEndian
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    data.PatientName, data.PatientID = "Doe^John", "P-17"
    shape = pixels.shape[1:] if frames else pixels.shape
    data.Rows, data.Columns = shape[:2]
    data.SamplesPerPixel = 3 if len(shape) == 3 else 1
    if len(shape) == 3:
        data.PlanarConfiguration = 0
    data.PhotometricInterpretation = kind
    data.BitsAllocated = 8 * pixels.dtype.itemsize
    data.BitsStored, data.HighBit = bits, bits - 1
    data.PixelRepresentation = int(pixels.dtype.kind == "i")
    if frames:
        data.NumberOfFrames = frames
    for name, value in elements.items():
        setattr(data, name, value)
    data.PixelData = pixels.tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    data.save_as(path, enforce_file_format=True)
    return path


def read(path, **options):
    return images_from_dicom(path, **{"verbose": 0} | options)


HU = {"RescaleSlope": 1, "RescaleIntercept": -1024}


def test_values_after_the_modality_lut_are_kept(tmp_path):
    path = dicom(tmp_path / "a.dcm", RAMP, **HU)
    images, names = read(path, value_range=None)
    np.testing.assert_array_equal(images[0, ..., 0], RAMP.astype("float32") - 1024)
    assert names == ("1",)
    # Without a window, black and white are what 12 bits can store: nothing is cut.
    np.testing.assert_allclose(read(path).images[0, ..., 0], RAMP / 2047.5 - 1, atol=1e-6)
    lungs = read(path, source_range=(-1000, 400)).images[0, ..., 0]
    shares = (RAMP.astype("float32") - 1024 + 1000) / 1400
    np.testing.assert_allclose(lungs, shares.clip(0, 1) * 2 - 1, atol=1e-6)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_windows_are_those_of_pydicom(tmp_path, function):
    elements = {"WindowCenter": [40, 600], "WindowWidth": [400, 2800], "VOILUTFunction": function}
    path = dicom(tmp_path / "a.dcm", RAMP, **HU, **elements)
    for window in (0, 1):
        values = pydicom.pixels.apply_voi_lut(
            RAMP.astype("float64") - 1024, pydicom.dcmread(path), window
        )
        expected = (values + 1024) / 4095 * 2 - 1  # pydicom uses all that 12 bits can store
        np.testing.assert_allclose(read(path, window=window).images[0, ..., 0], expected, atol=1e-5)
    with pytest.raises(ValueError, match=r"a\.dcm.*another `window`"):
        read(path, window=7)


def test_look_up_tables_are_those_of_pydicom(tmp_path):
    from pydicom.dataset import Dataset

    table = Dataset()
    table.LUTDescriptor = [4096, 0, 16]
    table.LUTData = (np.arange(4096, dtype="uint16")[::-1] * 16).tolist()
    table["LUTDescriptor"].VR = table["LUTData"].VR = "US"
    path = dicom(tmp_path / "a.dcm", RAMP, VOILUTSequence=[table])
    values = pydicom.pixels.apply_voi_lut(RAMP, pydicom.dcmread(path))
    found = read(path, value_range=(0, 65535)).images[0, ..., 0]
    np.testing.assert_allclose(found, values, atol=0.01)
    assert values[0, 0] == 4095 * 16
    path = dicom(tmp_path / "b.dcm", RAMP, ModalityLUTSequence=[table])
    np.testing.assert_array_equal(read(path, value_range=None).images[0, ..., 0], values)


def test_monochrome1_is_inverted(tmp_path):
    path = dicom(tmp_path / "a.dcm", RAMP, kind="MONOCHROME1")
    np.testing.assert_allclose(read(path).images[0, ..., 0], 1 - RAMP / 2047.5, atol=1e-6)


def test_signed_levels_and_8_bits(tmp_path):
    signed = RAMP.astype("int16") - 2048
    path = dicom(tmp_path / "a.dcm", signed)
    np.testing.assert_allclose(read(path).images[0, ..., 0], RAMP / 2047.5 - 1, atol=1e-6)
    path = dicom(tmp_path / "b.dcm", (RAMP >> 4).astype("uint8"), bits=8)
    np.testing.assert_allclose(read(path).images[0, ..., 0], (RAMP >> 4) / 127.5 - 1, atol=1e-6)


def test_each_frame_is_an_image_with_its_own_slope(tmp_path):
    from pydicom.dataset import Dataset

    groups = []
    for slope in (1, 2):
        transformation, group = Dataset(), Dataset()
        transformation.RescaleSlope, transformation.RescaleIntercept = slope, 0
        group.PixelValueTransformationSequence = [transformation]
        groups.append(group)
    frames = np.stack([RAMP, RAMP[::-1]])
    options = {"frames": 2, "PerFrameFunctionalGroupsSequence": groups}
    path = dicom(tmp_path / "a.dcm", frames, **options)
    images, names = read(path, value_range=None)
    np.testing.assert_array_equal(images[..., 0], [RAMP, RAMP[::-1] * 2.0])
    assert names == ("1", "1-2")


def test_color_and_resizing(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (4, 4, 3), dtype="uint8")
    path = dicom(tmp_path / "a.dcm", pixels, bits=8, kind="RGB")
    found = read(path, color_mode="rgb").images[0]
    np.testing.assert_allclose(found, pixels / 127.5 - 1, atol=1e-6)
    gray = read(path, value_range=(0, 255)).images[0, ..., 0]
    np.testing.assert_allclose(gray, pixels @ [0.299, 0.587, 0.114], atol=1e-3)
    small = read(dicom(tmp_path / "b.dcm", RAMP), image_size=8, value_range=None).images
    assert small.shape == (1, 8, 8, 1)
    assert small.mean() == pytest.approx(RAMP.mean(), rel=1e-3)


def test_a_folder_and_names_that_tell_nothing_of_patients(tmp_path):
    for name in ("DOE_JOHN/IM0001", "DOE_JOHN/IM0002", "b.dcm"):  # endings are optional
        dicom(tmp_path / name, RAMP)
    (tmp_path / "DICOMDIR").write_bytes(b"x")
    (tmp_path / "notes.txt").write_text("x")
    images, names = read(tmp_path)
    assert len(images) == 3 and names == ("1", "2", "3")
    assert read(tmp_path, name_by="PatientID").names == ("P-17",) * 3
    assert read(tmp_path, name_by="file").names[0] == "DOE_JOHN/IM0001"
    with pytest.raises(ValueError, match=r"`name_by`.*'StudyID'"):
        read(tmp_path, name_by="StudyID")
    dicom(tmp_path / "c.dcm", RAMP[:8])
    with pytest.raises(ValueError, match=r"`image_size`.*\(8, 64\) and \(64, 64\)"):
        read(tmp_path)


def test_damaged_and_compressed_files_are_named(tmp_path):
    from pydicom.encaps import encapsulate
    from pydicom.uid import JPEGLSLossless

    path = dicom(tmp_path / "a.dcm", RAMP)
    content = path.read_bytes()
    path.write_bytes(content[:-5000])
    with pytest.raises(ValueError, match=r"a\.dcm.*pydicom cannot decode"):
        read(path)
    path.write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"a\.dcm.*pydicom cannot decode"):
        read(path)
    data = pydicom.dcmread(io.BytesIO(content))
    data.file_meta.TransferSyntaxUID = JPEGLSLossless
    data.PixelData = encapsulate([b"\xff\xd8" + bytes(100)])
    data["PixelData"].VR = "OB"
    data.save_as(path, enforce_file_format=True)
    with pytest.raises(ValueError, match=r"a\.dcm.*pyjpegls.*with pip"):
        read(path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="none of them DICOM"):
        read(tmp_path / "empty")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read(tmp_path / "nothing")
