"""A pushed model comes back, with a card that says what it is and how good."""

import numpy as np
import pytest
from hub_server import hub_server

from keras_gan_kit import evaluation, hub

pytest.importorskip("huggingface_hub")


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    with hub_server() as running:
        yield running


def push(server, gan, repo="me/digits", **options):
    return hub.push(gan, repo, endpoint=server.address, token="hf_x", **options)


def pull(server, folder, repo="me/digits"):
    return hub.pull(repo, endpoint=server.address, token="hf_x", cache_dir=folder)


def test_a_model_comes_back_and_trains_on(server, tmp_path, make_gan, images):
    gan = make_gan(ema_momentum=0.9)
    gan.compile()
    gan.fit(images, epochs=1, batch_size=16, verbose=0)
    assert push(server, gan, message="First") == f"{server.address}/me/digits"
    assert server.messages == ["First"]
    assert sorted(server.repos["me/digits"]) == ["README.md", "model.keras"]
    loaded = pull(server, tmp_path)
    np.testing.assert_array_equal(loaded.generate(3, seed=0), gan.generate(3, seed=0))
    assert loaded.steps_taken == 3
    card = server.repos["me/digits"]["README.md"].decode()
    for text in ("`(4, 4, 1)`", "| steps | 3 |", "`BinaryCrossentropy`", "without a report"):
        assert text in card, card
    assert 'hub.pull("me/digits")' in card


def test_the_card_has_the_scores_of_the_report(server, tmp_path, make_gan):
    chance = np.random.default_rng(0)
    people, others, unseen = (chance.normal(size=(60, 3)) for _ in range(3))
    honest = evaluation.privacy(people, others, unseen)
    push(server, make_gan(), report=honest)
    files = server.repos["me/digits"]
    assert {"report/report.html", "report/scores.json"} <= set(files)
    card = files["README.md"].decode()
    assert "No leak was found" in card
    assert "| exact_copies | 0 |" in card
    assert "compile the model before you train it" in card
    push(server, make_gan(), report=evaluation.privacy(people, people, unseen))
    assert "**A leak was found**" in server.repos["me/digits"]["README.md"].decode()


def test_what_cannot_be_shared(server, tmp_path, make_gan):
    with pytest.raises(TypeError, match="`gan`"):
        push(server, make_gan().generator)
    with pytest.raises(TypeError, match="`report`"):
        push(server, make_gan(), report={"precision": 0.9})
    with pytest.raises(TypeError, match="`repo`"):
        push(server, make_gan(), repo=3)
    with pytest.raises(ValueError, match="a/b/c"):
        push(server, make_gan(), repo="a/b/c")
    assert server.repos == {}
    server.repos["me/other"] = {"weights.bin": b"0"}
    with pytest.raises(ValueError, match=r"`repo`.*model\.keras.*hub\.push"):
        pull(server, tmp_path, "me/other")
