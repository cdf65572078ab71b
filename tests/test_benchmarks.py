"""The one entry to the benchmarks: what it lists, keeps, shows and fits. Nothing is timed here."""

import argparse
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "benchmarks"
HOST = dict.fromkeys(
    ["cpu", "cores", "memory", "load", "python", "keras", "tensorflow", "jax", "torch", "numpy"],
    "1",
) | {"keras_gan_kit": "0", "commit": "abc", "date": "2026-01-01"}


pytestmark = pytest.mark.usefixtures("benchmark_scripts")


def module(name):
    return importlib.import_module(name)


def pair(theirs, ours, **options):
    """Records of a competitor and of this package."""
    record = module("measuring").record
    options = {"measure": "time", "unit": "ms"} | options
    return [
        record("dense", "loop", theirs, **options),
        record("dense", "kit", ours, ours=True, **options),
    ]


def written(path, records):
    measuring = module("measuring")
    measuring.write_records(path, records, HOST)
    return measuring.read_records(path)


def test_without_a_name_it_lists_every_benchmark_on_a_line():
    command = [sys.executable, str(FOLDER / "run.py")]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    names = [line.split()[0] for line in listed.splitlines()]
    assert names == list(module("catalogue").BENCHMARKS)
    assert all(len(line.split()) > 3 for line in listed.splitlines())


def test_an_unknown_name_is_refused_with_the_list(capsys):
    with pytest.raises(SystemExit):
        module("run").main(["dense", "densee"])
    error = capsys.readouterr().err
    assert "densee" in error
    assert "wgan-gp" in error


def test_every_command_names_a_script_that_takes_its_arguments():
    for name, benchmark in module("catalogue").BENCHMARKS.items():
        for script, *arguments in benchmark.commands:
            text = (FOLDER / script).read_text()
            for argument in [*arguments, *benchmark.quick, "--json"]:
                if argument.startswith("--"):
                    assert f'"{argument}"' in text, f"{name}: {script} has no {argument}"


def test_a_record_has_its_median_spread_and_the_ratio_within_repeats(tmp_path):
    theirs, ours = written(tmp_path / "a.jsonl", pair([2.0, 9.0, 4.0], [1.0, 3.0, 4.0]))
    assert theirs["median"] == 4.0
    assert theirs["spread"] == [2.0, 9.0]
    assert theirs["values"] == [2.0, 9.0, 4.0]
    assert theirs["ratio_to_ours"] == {"kit": [2.0, 1.0, 3.0]}  # of 2, 3 and 1
    assert ours["ratio_to_ours"] == {}
    assert theirs["machine"] == {"cpu": "1", "cores": "1", "memory": "1", "load": "1"}
    assert theirs["versions"]["keras_gan_kit"] == "0"
    assert (theirs["commit"], theirs["date"]) == ("abc", "2026-01-01")


def test_above_one_is_better_for_rates_too(tmp_path):
    records = pair([2.0], [6.0], higher_is_better=True)
    assert written(tmp_path / "a.jsonl", records)[0]["ratio_to_ours"] == {"kit": [3.0, 3.0, 3.0]}


@pytest.mark.parametrize("differing", ["workload", "measure", "sizes"])
def test_only_the_same_is_compared(tmp_path, differing):
    theirs, ours = pair([2.0], [1.0])
    ours[differing] = {"batch": 8} if differing == "sizes" else "another"
    assert written(tmp_path / "a.jsonl", [theirs, ours])[0]["ratio_to_ours"] == {}


def test_failed_repeats_are_left_out_and_failed_contestants_said(tmp_path):
    theirs, _ = written(tmp_path / "a.jsonl", pair([None, 6.0], [1.0, 3.0]))
    assert theirs["median"] == 6.0
    assert theirs["ratio_to_ours"] == {"kit": [2.0, 2.0, 2.0]}
    failed = written(tmp_path / "b.jsonl", pair([None, None], [1.0, 3.0]))
    assert failed[0]["ratio_to_ours"] == {"kit": None}
    assert "| dense | loop | failed | failed |" in module("showing").markdown("dense", failed)


def test_the_table(tmp_path):
    records = written(tmp_path / "a.jsonl", pair([2000.0, 1000.0], [1.0, 2.0]))
    text = module("showing").markdown("dense", records)
    assert "| workload | competitor | time, ms | ratio of kit |\n" in text
    assert "| dense | loop | 1,500 [1,000, 2,000] | 1,250 [500, 2,000] |\n" in text
    assert "| dense | kit | 1.5 [1, 2] |  |\n" in text
    assert "cpu: 1" in text
    assert "commit: abc" in text
    assert "Quick" not in text
    assert "Quick" in module("showing").markdown("dense", [records[0] | {"quick": True}])


def test_the_label_names_the_sizes_that_differ(tmp_path):
    records = [
        *pair([1.0], [1.0], sizes={"batch": 8, "image_size": 28}),
        *pair([1.0], [1.0], sizes={"batch": 16, "image_size": 28}),
    ]
    label = module("showing").label
    assert label(records[0], records) == "dense, batch 8"
    assert label(records[0], records[:2]) == "dense"


@pytest.mark.parametrize("compared", [True, False])
def test_the_plot_is_a_picture(tmp_path, compared):
    records = written(tmp_path / "a.jsonl", pair([2.0, 3.0], [1.0, 2.0])[0 if compared else 1 :])
    module("showing").plot("dense", records, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_an_exponent_is_that_of_the_power_law():
    fit_exponent = module("growth").fit_exponent
    assert fit_exponent([1, 10, 100], [3.0, 30 * 10**0.5, 3000.0]) == pytest.approx((1.5, 3.0))
    # Off the line by the factors 2, 1/4, 2: least squares of the logarithms keeps the slope.
    assert fit_exponent([1, 2, 4], [2.0, 0.5, 8.0]) == pytest.approx((1.0, 1.0))


@pytest.mark.parametrize(
    ("sizes", "values"), [([8, 8], [1.0, 2.0]), ([8, 16], [0.0, 1.0]), ([0, 8], [1.0, 1.0])]
)
def test_an_exponent_needs_two_sizes_and_positive_numbers(sizes, values):
    with pytest.raises(ValueError, match="Received"):
        module("growth").fit_exponent(sizes, values)


def test_growth_is_fitted_where_one_size_alone_differs():
    records = [
        record
        for batch in (16, 4, 8)  # in any order
        for size in (28, 200)
        for record in pair(
            [batch**2.0, None, 3.0 * batch], [batch], sizes={"batch": batch, "s": size}
        )
    ]
    growth = module("growth")
    found = growth.exponents(records[::2], "batch")
    assert [growth.sizes for growth in found] == [(4, 8, 16)] * 2
    assert found[0].exponents == pytest.approx([2.0, 1.0])
    assert growth.exponents(records, "s") == []  # two sizes are no law
    assert growth.exponents(records, "files") == []
    assert "| dense | kit | time, ms | batch: 4, 8, 16 | 1.00 | 1.00 [1.00, 1.00] |" in (
        growth.growth_table(records)
    )
    assert growth.growth_table(records[:2]) == ""


def test_the_training_steps_become_records_of_time_and_memory():
    script, tasks = module("training_step"), module("tasks")
    about = {"workload": "dense", "update": "simultaneous", "backend": "tensorflow"}
    about |= {"steps": 50, "warmup": 50, "steps_per_execution": 50, "batch_size": 8}
    contestants = {"tf-function": "tf_function", "kit-tensorflow": "kit"}
    found = {
        (name, "simultaneous"): tasks.Task(name=name, module=file, **about)
        for name, file in contestants.items()
    }
    runs = [{"ms_per_step": 6.0, "peak_megabytes": 500.0}, {"error": "failed"}]
    records = list(script._records(found, dict.fromkeys(found, runs)))
    assert [(r["competitor"], r["ours"], r["unit"]) for r in records] == [
        ("tf-function", False, "ms"),
        ("kit-tensorflow", True, "ms"),
        ("tf-function", False, "MB"),
        ("kit-tensorflow", True, "MB"),
    ]
    assert records[0]["workload"] == "dense, simultaneous"
    assert records[0]["sizes"] == {"batch": 8, "image_size": 28}
    assert [record["values"] for record in records[1:3]] == [[6.0, None], [500.0, None]]


def test_the_metrics_become_records_of_time_and_memory():
    script = module("metrics")
    options = argparse.Namespace(clock="cpu", samples=100, features=8)
    runs = [{"seconds": 2.0, "added": 30.0, "version": "1.2"}, {"error": "failed"}]
    seconds, added = script._records({("float32", "frechet", "prdc"): runs}, options)
    assert (seconds["measure"], seconds["values"]) == ("cpu time", [2.0, None])
    assert (added["measure"], added["values"]) == ("memory added", [30.0, None])
    assert added["workload"] == "frechet, float32"
    assert added["competitor_version"] == "1.2"
    assert added["sizes"] == {"samples": 100, "features": 8}


SCRIPT = """
import sys
from measuring import machine, record, write_records
file = sys.argv[sys.argv.index("--json") + 1]
about = {"measure": "time", "unit": "ms"}
records = [record("w", "loop", [4.0], **about), record("w", "kit", [2.0], ours=True, **about)]
if "--silent" not in sys.argv:
    write_records(file, records, machine())
sys.exit("broken" if "--broken" in sys.argv else 0)
"""


@pytest.fixture
def invented(tmp_path, monkeypatch):
    """A benchmark of an invented script, without Keras and without a clock."""
    run, catalogue = module("run"), module("catalogue")
    (tmp_path / "script.py").write_text(f"import sys; sys.path.append({str(FOLDER)!r})\n{SCRIPT}")
    benchmark = catalogue.Benchmark("a test", (("script.py", "--fixed"),), ("--few",))
    monkeypatch.setitem(catalogue.BENCHMARKS, "invented", benchmark)
    monkeypatch.setattr(run, "HERE", tmp_path)
    return run.main


def test_a_run_keeps_shows_and_redraws_its_records(invented, tmp_path, capfd):
    results = tmp_path / "results"
    invented(["invented", "--quick", "--output", str(results), "--", "--extra", "1"])
    shown = capfd.readouterr().out
    (theirs, ours) = map(json.loads, (results / "invented.jsonl").read_text().splitlines())
    assert theirs["benchmark"] == ours["benchmark"] == "invented"
    assert theirs["command"] == "script.py --fixed --few --extra 1"
    assert theirs["quick"] is True
    assert theirs["ratio_to_ours"] == {"kit": [2.0, 2.0, 2.0]}
    assert theirs["machine"]["memory"].endswith("GB")
    assert "| w | loop | 4 [4, 4] | 2 [2, 2] |" in shown

    (results / "invented.png").unlink()
    invented(["--redraw", "--output", str(results)])
    assert capfd.readouterr().out == shown
    assert (results / "invented.png").exists()


def test_a_quick_run_does_not_replace_full_results(invented, tmp_path):
    invented(["invented", "--output", str(tmp_path)])
    before = (tmp_path / "invented.jsonl").read_text()
    with pytest.raises(SystemExit, match="--output"):
        invented(["invented", "--quick", "--output", str(tmp_path)])
    assert (tmp_path / "invented.jsonl").read_text() == before


def test_what_failed_is_said_and_what_was_measured_is_kept(invented, tmp_path):
    with pytest.raises(SystemExit, match="failed"):
        invented(["invented", "--output", str(tmp_path), "--", "--broken"])
    before = (tmp_path / "invented.jsonl").read_text()
    assert len(before.splitlines()) == 2
    with pytest.raises(SystemExit, match="failed"):
        invented(["invented", "--output", str(tmp_path), "--", "--silent"])
    assert (tmp_path / "invented.jsonl").read_text() == before


def test_a_run_writes_a_page_of_all_results(invented, tmp_path):
    invented(["invented", "--output", str(tmp_path)])
    text = (tmp_path / "README.md").read_text()
    assert "## invented" in text
    assert "| w | loop | 4 [4, 4] | 2 [2, 2] |" in text
    assert "python benchmarks/script.py --fixed\n" in text
    assert "](invented.png)" in text


def test_the_page_begins_with_all_training_steps_in_one_table(tmp_path):
    record = module("measuring").record
    about = {"measure": "time of a step", "unit": "ms"}
    records = [
        record("dense", "loop", [4.0], sizes={"batch": 8}, **about),
        record("dense", "kit-tensorflow", [2.0], sizes={"batch": 8}, ours=True, **about),
        record("dense", "loop", [9.0], sizes={"batch": 16}, **about),
        record("dense", "torch", [6.0], sizes={"batch": 16}, **about),
        record("dense", "kit-tensorflow", [3.0], sizes={"batch": 16}, ours=True, **about),
    ]
    read = [{**r, "command": "x.py"} for r in written(tmp_path / "a.jsonl", records)]
    page = module("showing").page({"first": read[:2], "second": read[2:]})
    assert "|  | loop | torch |" in page
    assert "| dense, batch 8 | 2 [2, 2] |  |" in page
    assert "| dense, batch 16 | 3 [3, 3] | 2 [2, 2] |" in page
    assert page.index("dense, batch 16") < page.index("## first")


RESULTS = sorted((FOLDER / "results").glob("*.jsonl"))


def test_the_page_of_the_results_shows_what_was_measured():
    read = {path.stem: module("measuring").read_records(path) for path in RESULTS}
    found = {name: read.pop(name) for name in module("catalogue").BENCHMARKS if name in read}
    text = (FOLDER / "results" / "README.md").read_text()
    assert text == module("showing").page(found), "run `benchmarks/run.py --redraw`"
    assert not read, "results of benchmarks that are not listed"


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_committed_results_are_whole(path):
    records = module("measuring").read_records(path)
    assert path.with_suffix(".png").exists()
    for record in records:
        assert record["benchmark"] == path.stem
        assert not record["quick"]
        assert not record["commit"].endswith("-dirty")
        assert record["median"] is not None, "a contestant failed"
