import numpy as np
import pytest
from PIL import Image
from tiny_gans import images, tiny_gan

from keras_gan_kit.callbacks import LossHistory, LossPlot, loss_plot

PLOTS = ["loss_lines.png", "loss_scatter.png"]


def pngs(directory):
    return sorted(path.name for path in directory.iterdir() if path.suffix == ".png")


@pytest.mark.parametrize("plot_first", [False, True])
def test_both_plots_are_drawn_wherever_the_plot_stands(tmp_path, plot_first):
    callbacks = [LossHistory(tmp_path, every=2), LossPlot(tmp_path)]
    if plot_first:
        callbacks.reverse()
    tiny_gan().fit(images(12), batch_size=4, epochs=2, callbacks=callbacks, verbose=0)
    assert pngs(tmp_path) == PLOTS
    for name in PLOTS:
        with Image.open(tmp_path / name) as image:
            assert image.size == (800, 600)
            assert len(image.getcolors(10**6)) > 10  # not an empty page
    lines, scatter = [(tmp_path / name).read_bytes() for name in PLOTS]
    assert lines != scatter


class Watched(LossPlot):
    """Counts what is drawn, on a clock of its own."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.due, self.drawn = [], 0

    def on_event(self, name):
        super().on_event(name)
        self.due.append(name)

    def figure(self, kind):
        self.drawn += kind == "lines"
        return super().figure(kind)


@pytest.fixture
def histories(tmp_path):
    for name in ("d_loss.txt", "d_acc.txt", "g_loss.txt"):
        (tmp_path / name).write_text("0.5\n0.25\n")
    return tmp_path


@pytest.mark.parametrize("unit", ["step", "epoch"])
def test_plots_are_drawn_while_training_runs(histories, unit, monkeypatch):
    monkeypatch.setattr(loss_plot, "_PATIENCE", 0)
    plot = Watched(histories, every=2, unit=unit)
    epochs = 5 if unit == "epoch" else 1
    tiny_gan().fit(images(20), batch_size=4, epochs=epochs, callbacks=[plot], verbose=0)
    expected = {
        "step": ["step_0000001", "step_0000003"],
        "epoch": ["epoch_00002", "epoch_00004"],
    }
    assert plot.due == expected[unit]
    assert plot.drawn == 2  # at the end nothing is new
    assert pngs(histories) == PLOTS


def test_short_epochs_wait_for_each_other(histories, monkeypatch):
    """A drawing takes one second here, and an epoch 80: every third one is drawn."""
    now = [0.0]
    monkeypatch.setattr(loss_plot.time, "monotonic", lambda: now[0])

    class Slow(Watched):
        def figure(self, kind):
            now[0] += 0.5
            return super().figure(kind)

    plot = Slow(histories)
    plot.set_model(tiny_gan())
    for _ in range(2):  # a second training begins anew
        plot.drawn = 0
        plot.on_train_begin()
        for epoch in range(9):
            now[0] += 80.0
            plot.on_epoch_end(epoch)
        assert plot.drawn == 3
        for name in ("d_loss.txt", "d_acc.txt", "g_loss.txt"):
            with (histories / name).open("a") as file:
                file.write("0.125\n")
        for _ in range(2):
            plot.on_train_end()
            assert plot.drawn == 4  # the last lines are always drawn, once


def test_without_histories_the_plot_says_what_is_missing(tmp_path):
    with pytest.warns(UserWarning, match="add LossHistory"):
        tiny_gan().fit(images(4), callbacks=[LossPlot(tmp_path)], verbose=0)
    assert pngs(tmp_path) == []


def test_histories_without_a_line_yet_are_no_reason_to_warn(tmp_path):
    callbacks = [LossHistory(tmp_path, every=2, unit="epoch"), LossPlot(tmp_path)]
    tiny_gan().fit(images(4), callbacks=callbacks, verbose=0)
    assert pngs(tmp_path) == []


@pytest.mark.parametrize(
    "values", [[np.nan] * 3, [np.inf, 1.0, -np.inf], [1e38, 1.0], [0.5]], ids=str
)
def test_histories_of_a_broken_training_are_plotted_too(tmp_path, values):
    for name in ("d_loss.txt", "d_acc.txt", "g_loss.txt"):
        (tmp_path / name).write_text("".join(f"{value}\n" for value in values))
    tiny_gan().fit(images(4), callbacks=[LossPlot(tmp_path)], verbose=0)
    assert pngs(tmp_path) == PLOTS


def test_a_line_that_is_being_written_is_left_out(tmp_path):
    for name in ("d_loss.txt", "d_acc.txt", "g_loss.txt"):
        (tmp_path / name).write_text("1.0\n0.")
    (tmp_path / "g_loss.txt").write_text("")
    tiny_gan().fit(images(4), callbacks=[LossPlot(tmp_path)], verbose=0)
    assert pngs(tmp_path) == PLOTS


@pytest.mark.parametrize(
    ("history", "label", "places"),
    [
        ({"every": 2}, "step", [0, 2, 4]),  # six steps
        ({"every": 1, "unit": "epoch"}, "epoch", [1, 2]),
        (None, "line of the history", [0, 1]),
    ],
)
def test_lines_stand_at_their_steps(tmp_path, history, label, places):
    plot, callbacks = LossPlot(tmp_path), [LossHistory(tmp_path / "another")]
    if history is None:
        for name in ("d_loss.txt", "d_acc.txt", "g_loss.txt"):
            (tmp_path / name).write_text("0.5\n0.25\n")
    else:
        callbacks.append(LossHistory(tmp_path, **history))
    tiny_gan().fit(images(12), batch_size=4, epochs=2, callbacks=[plot, *callbacks], verbose=0)
    for kind in ("lines", "scatter"):
        losses, accuracy = plot.figure(kind).axes
        assert accuracy.get_xlabel() == label
        for axes, number in ((losses, 2), (accuracy, 1)):
            drawn = [line.get_xdata() for line in axes.lines]
            drawn += [np.asarray(dots.get_offsets())[:, 0] for dots in axes.collections]
            assert [list(x) for x in drawn] == [places] * number


def test_a_kind_of_plot_that_there_is_not_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"^Invalid `kind`. Received: 'line'.*kind='lines'"):
        LossPlot(tmp_path).figure("line")
