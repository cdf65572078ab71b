"""Names of columns and classes in figures and tables."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure

from keras_gan_kit.evaluation import compare_tables, utility
from keras_gan_kit.evaluation.report import _section
from keras_gan_kit.evaluation.report._fonts import _letters_of, use_fonts_for_all_letters
from keras_gan_kit.evaluation.report._labels import labels_of, titles_of

LONG = [f"measurement_number_{i:03d}_of_the_long_panel" for i in range(30)]
ALIKE = ["x" * 40 + "a" + "y" * 40, "x" * 40 + "b" + "y" * 40, "x" * 81, "x" * 80]


@pytest.mark.parametrize("names", [LONG, ALIKE, ["a", "b" * 28]])
@pytest.mark.parametrize("longest", [12, 28, 60])
def test_shortened_names_stay_different(names, longest):
    labels = labels_of(names, longest)
    assert len(set(labels)) == len(names)
    assert max(map(len, labels)) <= longest


def test_titles_of_60_letters_are_whole():
    names = ["z" * 60, *LONG]
    for name, title in zip(names, titles_of(names), strict=True):
        assert title.replace("\n", "") == name
        assert max(map(len, title.split("\n"))) <= 22


def test_letters_that_are_twice_as_wide_take_twice_the_room():
    names = [f"第{i}回目の診察における収縮期血圧の測定値と拡張期血圧の測定値の差" for i in range(3)]
    for longest in (12, 28):
        labels = labels_of(names, longest)
        assert len(set(labels)) == 3
        assert max(map(len, labels)) <= longest // 2 + 1
    for title in titles_of(names):
        assert max(map(len, title.split("\n"))) <= 11 + 1


def test_titles_stay_in_their_figure_and_apart():
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(40, 8)), columns=LONG[:8])
    (drawing,) = (
        drawing
        for section in compare_tables(table, table).sections
        for drawing in section.drawings
        if drawing.name == "violins_1"
    )
    with matplotlib.rc_context(_section._STYLE):
        figure = Figure(figsize=drawing.size, dpi=_section.DOTS_PER_INCH, layout="constrained")
        drawing.draw(figure)
        figure.draw_without_rendering()
    boxes = [axes.title.get_window_extent() for axes in figure.axes]
    whole = figure.bbox
    for i, box in enumerate(boxes):
        assert box.x0 >= whole.x0
        assert box.x1 <= whole.x1
        assert box.y1 <= whole.y1
        assert not any(box.overlaps(other) for other in boxes[:i])


def test_classes_that_differ_by_an_underscore_stay_two():
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {"x": random.normal(size=90), "state": random.choice(["not_ill", "not ill", "ill"], 90)}
    )
    report = utility(table[:45], table[45:], target="state", num_resamples=3)
    columns = [list(shown.columns) for shown in report.sections[0].tables.values()]
    assert ["ill", "not ill", "not_ill"] in [sorted(names) for names in columns]


def test_letters_that_the_default_font_lacks_get_another_font():
    default = _letters_of(font_manager.findfont("DejaVu Sans"))
    found = [
        (font.name, letter)
        for font in font_manager.fontManager.ttflist
        if font.style == "normal"
        and str(font.weight) in ("400", "normal", "regular")
        and "LastResort" not in font.name.replace(" ", "")
        for letter in sorted(_letters_of(font.fname) - default)[:1]
        if chr(letter).isprintable()
    ]
    if not found:
        pytest.skip("no font with other letters than the default one")
    figure = Figure()
    text = figure.text(0.5, 0.5, chr(found[0][1]))
    use_fonts_for_all_letters(figure)
    families = text.get_fontfamily()
    assert families[0] == "DejaVu Sans"
    assert any(found[0][1] in _letters_of(font_manager.findfont(name)) for name in families[1:])
