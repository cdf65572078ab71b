import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from keras_gan_kit.evaluation import Report
from keras_gan_kit.evaluation.report._score import not_computable, score
from keras_gan_kit.evaluation.report._section import Drawing, Section

EVIL = "<script>alert(\"$x_1$ & 'y'\")</script>"


def line(figure):
    axes = figure.subplots()
    axes.plot([0, 1], label=EVIL)
    axes.set_xlabel(EVIL)
    axes.legend()


def drawing(name="line", **options):
    return Drawing(name, line, **{"reading": f"Read {EVIL}.", "alt": f"A {EVIL}"} | options)


def report(**options):
    scores = {
        "fit": score(0.25, goal="maximize"),
        "distance": score(3.0, goal="minimize", limits=(0.0, None), floor=1.0),
        "lost": not_computable("too few rows", goal=0.5),
        "columns": {EVIL: {"value": score(1.0, goal="maximize")}},
    }
    table = pd.DataFrame({EVIL: [1.0, np.nan]}, index=[EVIL, "b" * 80])
    section = Section(EVIL, f"One.\n\nTwo {EVIL}.", [drawing()], {EVIL: table})
    return Report("T", **{"summary": EVIL, "scores": scores, "sections": [section]} | options)


class Page(HTMLParser):
    """Collects the tags of a page, with their attributes, and its text."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


def test_saving_writes_a_page_figures_and_scores(tmp_path):
    made = report()
    path = made.save(tmp_path / "new" / "folder")
    names = {str(p.relative_to(path.parent)) for p in path.parent.rglob("*") if p.is_file()}
    assert names == {"report.html", "scores.json", "figures/line.png"}
    assert json.loads((path.parent / "scores.json").read_text()) == made.scores
    made.save(path.parent)  # over itself
    assert len(list(path.parent.rglob("*"))) == 4


def test_the_page_needs_no_network_and_escapes_what_comes_from_the_user(tmp_path):
    page = Page(report().save(tmp_path).read_text("utf-8"))
    assert "script" not in {tag for tag, _ in page.tags}
    for tag, attributes in page.tags:
        assert tag != "link"
        for name in ("src", "href"):
            assert re.match(r"data:image/png;base64,|#", attributes.get(name, "#"))
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert [image["alt"] for image in images] == [f"A {EVIL}"]
    # Title, two paragraphs, caption, header of a column and of a row, of the figure, the summary.
    assert page.text.count(EVIL) >= 7
    assert "b" * 80 in page.text
    assert "not computable: too few rows" in page.text
    assert "lower is better; real samples reach 1" in page.text


def test_text_form():
    assert repr(report(summary="S.")).splitlines() == [
        "T",
        "S.",
        "  fit: 0.250 (0 to 1, higher is better)",
        "  distance: 3 (lower is better)",
        "  lost: not computable: too few rows",
    ]


def test_a_notebook_shows_the_page_in_a_frame_of_its_own():
    (frame,) = Page(report()._repr_html_()).tags
    assert frame[0] == "iframe"
    assert frame[1]["srcdoc"].startswith("<!DOCTYPE html>")


def test_combined_reports_keep_scores_and_sections_apart(tmp_path):
    together = Report.combined(
        "All", summary="", parts={"table": report(), "image": report()}, scores={"x": {}}
    )
    assert list(together.scores) == ["x", "table", "image"]
    assert together.scores["table"] == report().scores
    assert "  image: fit: 0.250" in repr(together)
    together.save(tmp_path)
    figures = {path.name for path in (tmp_path / "figures").iterdir()}
    assert figures == {"table-line.png", "image-line.png"}


def test_figures_do_not_depend_on_the_users_settings_and_leave_them_alone():
    before = dict(mpl.rcParams)
    expected = drawing().png
    assert dict(mpl.rcParams) == before
    with mpl.rc_context({"font.size": 30.0, "axes.facecolor": "black"}):
        assert drawing().png == expected
        assert mpl.rcParams["font.size"] == 30.0


@pytest.mark.parametrize(
    ("error", "argument", "options"),
    [
        (ValueError, "scores", {"scores": {"a": float("nan")}}),
        (TypeError, "scores", {"scores": {"a": np.zeros(2)}}),
        (ValueError, "sections", {"sections": [Section("a", "", [drawing(), drawing()])]}),
    ],
)
def test_bad_parts_are_named(error, argument, options):
    with pytest.raises(error, match=f"Invalid `{argument}`. Received: "):
        report(**options)


def test_a_figures_name_is_a_files_name():
    with pytest.raises(ValueError, match="Invalid `name`"):
        drawing("../line")


def test_a_score_that_is_not_finite_is_not_computable():
    assert score(np.inf, goal="minimize")["value"] is None


@pytest.mark.parametrize("width", [390, 1200])
def test_the_page_opens_in_a_browser_and_does_not_overflow(tmp_path, width):
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser:
        pytest.skip("chromium is not installed")
    wide = pd.DataFrame({f"column {i}": [0.5] * 3 for i in range(200)})
    path = report(sections=[Section("Wide", "Text.", [drawing()], {"Table": wide})]).save(tmp_path)
    # A frame as wide as a phone, for browsers do not make windows so narrow; a script in the page
    # around it reads the width of what is inside.
    (tmp_path / "frame.html").write_text(
        f'<body><iframe src="report.html" width="{width}" height="800"></iframe><script>'
        "onload = () => { const page = document.querySelector('iframe').contentDocument;"
        "document.body.dataset.width = page.documentElement.scrollWidth;"
        "document.body.dataset.images = [...page.images].filter(i => i.naturalWidth).length };"
        "</script>"
    )
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
    options += ["--dump-dom", "--virtual-time-budget=2000"]
    shown = subprocess.run(
        [
            browser,
            *options,
            f"--user-data-dir={tmp_path / 'profile'}",
            (tmp_path / "frame.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    assert path.exists()
    assert int(re.search(r'data-width="(\d+)"', shown)[1]) <= width
    assert re.search(r'data-images="1"', shown)
