"""Run benchmarks by name, keep what they measured, and show it as a table and a plot.

    python benchmarks/run.py                        # lists them
    python benchmarks/run.py dense images           # runs two
    python benchmarks/run.py --redraw               # shows the results that are there
    python benchmarks/run.py metrics -- --python OTHER/bin/python

What follows `--` goes to the scripts as it stands. Results are written to `NAME.jsonl`, one line
for each measurement, and drawn to `NAME.png`; `README.md` beside them shows all that are there.
Tables go to standard output too, everything else to standard error.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from catalogue import BENCHMARKS
from measuring import Record, dump_records, read_records
from showing import markdown, page, plot

HERE = Path(__file__).parent


def main(arguments: Sequence[str]) -> None:
    arguments, extra = _split(arguments)
    options = _options(arguments)
    if options.redraw:
        for name in options.names or _written(options.output):
            show(name, options.output)
    elif not options.names:
        print(listing())
    else:
        for name in options.names:
            _keep_full_results(options.output / f"{name}.jsonl", options.quick)
        # A list: all run, also those after a failure.
        complete = [run(name, options.output, options.quick, extra) for name in options.names]
        if not all(complete):
            sys.exit("Some measurements failed: their errors are above.")


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    arguments = list(arguments)
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:end], arguments[end + 1 :]


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    which = "which to run; without any they are listed"
    add("names", nargs="*", metavar="NAME", type=_name, help=which)
    add("--quick", action="store_true", help="try whether all runs; no figures to rely on")
    add("--output", type=Path, default=HERE / "results", help="default: benchmarks/results")
    add("--redraw", action="store_true", help="run nothing, show what was measured before")
    return parser.parse_args(arguments)


def _name(word: str) -> str:
    if word not in BENCHMARKS:
        raise argparse.ArgumentTypeError(f"no benchmark is called {word}:\n{listing()}")
    return word


def listing() -> str:
    width = max(map(len, BENCHMARKS))
    return "\n".join(f"{name:{width}}  {found.about}" for name, found in BENCHMARKS.items())


def _written(output: Path) -> list[str]:
    return [name for name in BENCHMARKS if (output / f"{name}.jsonl").exists()]


def _keep_full_results(path: Path, quick: bool) -> None:
    if quick and path.exists() and not all(found["quick"] for found in read_records(path)):
        sys.exit(f"{path} has full results: give a quick run another folder by --output.")


def run(name: str, output: Path, quick: bool, extra: Sequence[str] = ()) -> bool:
    """Runs one benchmark, writes and shows what it measured; False if something failed."""
    records: list[Record] = []
    complete = True
    for script, *fixed in BENCHMARKS[name].commands:
        chosen = [*fixed, *(BENCHMARKS[name].quick if quick else ()), *extra]
        print(f"== {name}: {script} {' '.join(chosen)}", file=sys.stderr, flush=True)
        found, succeeded = _measured(script, chosen)
        about = {"benchmark": name, "command": " ".join([script, *chosen]), "quick": quick}
        records += [{**about, **record} for record in found]
        complete &= succeeded and bool(found)
    if records:
        output.mkdir(parents=True, exist_ok=True)
        dump_records(output / f"{name}.jsonl", records)
        show(name, output)
    else:
        print(f"{name}: nothing was measured, nothing is written.", file=sys.stderr)
    return complete


def _measured(script: str, arguments: Sequence[str]) -> tuple[list[Record], bool]:
    """The records of one script, and whether it ended well: it may fail after measuring some."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.jsonl"
        command = [sys.executable, str(HERE / script), *arguments, "--json", str(path)]
        # Its own tables are for who runs it alone.
        process = subprocess.run(command, stdout=sys.stderr, check=False)
        return read_records(path) if path.exists() else [], process.returncode == 0


def show(name: str, output: Path) -> None:
    records = read_records(output / f"{name}.jsonl")
    print(markdown(name, records), flush=True)
    plot(name, records, output / f"{name}.png")
    found = {name: read_records(output / f"{name}.jsonl") for name in _written(output)}
    (output / "README.md").write_text(page(found))


if __name__ == "__main__":
    main(sys.argv[1:])
