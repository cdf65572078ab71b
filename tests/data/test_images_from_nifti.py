"""NIfTI volumes of any orientation become upright slices, and predictions volumes again."""

import numpy as np
import pytest

from keras_gan_kit.data import images_from_nifti

nibabel = pytest.importorskip("nibabel")
# In RAS+: x to the right, y to the front, z up.
VOLUME = np.arange(4 * 5 * 6, dtype="int16").reshape(4, 5, 6)


def nifti(path, volume=VOLUME, orientation="RAS", zooms=(1.0, 2.0, 3.0), **header):
    """Writes a volume, given in RAS+, in another orientation."""
    from nibabel import orientations

    image = nibabel.Nifti1Image(volume, np.diag([*zooms, 1.0]))
    image.header["descrip"] = b"Doe^John"
    for name, value in header.items():
        image.header[name] = value
    wanted = orientations.axcodes2ornt(tuple(orientation))
    image = image.as_reoriented(
        orientations.ornt_transform(orientations.axcodes2ornt("RAS"), wanted)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(image, path)
    return path


def read(path, **options):
    return images_from_nifti(path, **{"verbose": 0, "value_range": None} | options)


@pytest.mark.parametrize("orientation", ["RAS", "LPS", "PIR"])
@pytest.mark.parametrize(
    ("plane", "expected"),
    [
        ("axial", lambda k: VOLUME[:, ::-1, k].T),  # front at the top, right on the right
        ("coronal", lambda k: VOLUME[:, k, ::-1].T),  # head at the top
        ("sagittal", lambda k: VOLUME[k, :, ::-1].T),  # front on the right
    ],
)
def test_slices_of_any_orientation_are_upright(tmp_path, orientation, plane, expected):
    slices = read(nifti(tmp_path / "a.nii.gz", orientation=orientation), plane=plane)
    wanted = np.stack([expected(k) for k in range(len(slices))])
    np.testing.assert_array_equal(slices.images[..., 0], wanted)
    assert slices.names[:2] == ("a-1", "a-2")


@pytest.mark.parametrize("orientation", ["RAS", "LPS", "PIR"])
@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_predictions_are_volumes_in_place(tmp_path, orientation, plane):
    source = nibabel.load(nifti(tmp_path / "a.nii.gz", orientation=orientation))
    slices = read(tmp_path / "a.nii.gz", plane=plane)
    for predicted in (slices.images, slices.images[..., 0].astype("int64")):
        (path,) = slices.save_predictions(predicted, tmp_path / "out")
        found = nibabel.load(path)
        np.testing.assert_array_equal(found.get_fdata(), source.get_fdata())
        np.testing.assert_allclose(found.affine, source.affine)
        assert found.header.get_zooms() == source.header.get_zooms()
        assert found.header["descrip"].item() == b""  # who it is stays in the file
    with pytest.raises(ValueError, match=r"`predictions`.*predictions \(n"):
        slices.save_predictions(slices.images[1:], tmp_path)


def test_resized_slices_are_written_in_the_size_of_the_volume(tmp_path):
    nifti(tmp_path / "in" / "a.nii", np.repeat(VOLUME[:1] * 0 + 7, 4, axis=0))
    nifti(tmp_path / "in" / "b.nii.gz", VOLUME)
    slices = read(tmp_path / "in", image_size=8, value_range=(-1, 1), source_range=(0, 14))
    assert slices.images.shape == (12, 8, 8, 1)
    np.testing.assert_allclose(slices.images[:6], 0, atol=1e-6)
    paths = slices.save_predictions(slices.images > 0, tmp_path / "out")
    assert [path.name for path in paths] == ["a.nii.gz", "b.nii.gz"]
    assert nibabel.load(paths[1]).shape == (4, 5, 6)
    np.testing.assert_allclose(slices.save_predictions(slices.images, tmp_path)[0].exists(), True)


def test_values_are_scaled_by_slope_and_range(tmp_path):
    path = nifti(tmp_path / "a.nii")
    image = nibabel.load(path)
    image.header.set_slope_inter(2, -100)
    nibabel.save(nibabel.Nifti1Image(image.get_fdata() * 2 - 100, None, image.header), path)
    expected = np.moveaxis(nibabel.load(path).get_fdata(), (2, 1, 0), (0, 1, 2))[:, ::-1]
    np.testing.assert_allclose(read(path).images[..., 0], expected)
    found = read(path, value_range=(-1, 1)).images
    assert (found.min(), found.max()) == (-1, 1)
    windowed = read(path, value_range=(0, 1), source_range=(-50, 50)).images[..., 0]
    np.testing.assert_allclose(windowed, ((expected + 50) / 100).clip(0, 1), atol=1e-6)


def test_class_numbers_are_not_mixed_by_resizing(tmp_path):
    path = nifti(tmp_path / "a.nii", (VOLUME % 2) * np.int16(7))
    assert set(np.unique(read(path, image_size=9).images)) == {0, 7}


def test_files_that_are_no_volumes_are_named(tmp_path):
    path = nifti(tmp_path / "a.nii")
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ValueError, match=r"a\.nii.*nibabel cannot read"):
        read(path)
    nifti(path, np.zeros((2, 2, 2, 3), "int16"))
    with pytest.raises(ValueError, match=r"a\.nii.*\(2, 2, 2, 3\), which is not a single volume"):
        read(path)
    nifti(path, np.full((2, 2, 2), np.nan, "float32"))
    with pytest.raises(ValueError, match=r"a\.nii.*NaN"):
        read(path)
    nifti(path), nifti(tmp_path / "b.nii", VOLUME[:2])
    with pytest.raises(ValueError, match=r"`image_size`.*'a\.nii'.*'b\.nii'"):
        read(tmp_path)
    with pytest.raises(ValueError, match=r"`plane`.*'top'"):
        read(path, plane="top")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read(tmp_path / "nothing")
