"""A manifest is read as a stranger's: whatever value is wrong in it, the error says which."""

import json

import pytest
import tiny_models

from keras_gan_kit.generation import generate_dataset, read_dataset


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    """The text of a manifest with an image, and a table whose third column has categories."""
    directory = tmp_path_factory.mktemp("made")
    options = {"table": tiny_models.Patients(), "shard_size": 10, "verbose": 0}
    generate_dataset(tiny_models.joint(), 30, directory, **options)
    return (directory / "_manifest.json").read_text()


def test_images_in_files_have_no_names_that_lead_elsewhere(tmp_path):
    generate_dataset(tiny_models.images(), 3, tmp_path, format="folder", verbose=0)
    manifest = tmp_path / "_manifest.json"
    content = json.loads(manifest.read_text())
    content["parts"][0]["name"] = "/../../other"
    manifest.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"damaged: the name '/../../other'"):
        read_dataset(tmp_path)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (["version"], 0, "its version is not one of 1, 2"),
        (["count"], 10**9, "100000000 shards"),
        (["seed"], -1, "seed -1"),
        (["format"], "csv", "the format 'csv'"),
        (["model_hash"], "0" * 63, "the model hash '000"),
        (["parts"], [], r"the parts \[\]"),
        (["parts", 0, "kind"], "sound", "of kind 'sound'"),
        (["parts", 0, "path"], [1.5], r"the path \[1.5\]"),
        (["parts", 0, "shape"], [4, 0, 1], r"the shape \(4, 0, 1\)"),
        (["parts", 0, "shape"], [4, 4], r"images of shape \(4, 4\)"),
        (["parts", 0, "value_range"], [1, 1], r"the range \[1, 1\]"),
        (["parts", 1, "columns", 2, "name"], None, "the name None"),
        (["parts", 1, "columns", 2, "categories"], "low", "the categories 'low'"),
        (["shards", 0, "shard"], 3, "the shard 3 of 3"),
        (["shards", 0, "count"], 9, "the count 9 instead of 10"),
        (["shards", 0, "sha256"], "x", "the hash 'x'"),
        (["shards", 0, "bytes"], -1, "the size -1"),
        (["shards", 0, "environment"], -1, "the environment -1"),
    ],
)
def test_a_wrong_value_is_named(tmp_path, manifest, place, value, said):
    content = json.loads(manifest)
    node = content
    for key in place[:-1]:
        node = node[key]
    assert place[-1] in node if isinstance(node, dict) else place[-1] < len(node)
    node[place[-1]] = value
    (tmp_path / "_manifest.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=rf"^Invalid `directory`.*damaged: .*{said}"):
        read_dataset(tmp_path)
