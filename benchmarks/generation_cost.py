"""What a data set costs, from the rate of one worker: hours, terabytes and money.

    hours = samples / (rate * workers) / 3600
    money = hours * workers * price_of_an_hour + terabytes * price_of_a_terabyte_month * months

The first term of the money does not depend on the number of workers: more of them only make it
quicker. Rates come from `benchmarks/generation.py` or from a progress bar; prices from whoever
rents out the machines. Shards are independent, so that the rate grows with the workers until the
file system they write to is full: the table says how many megabytes a second they write together.
"""

import argparse

from measuring import markdown_table


def main() -> None:
    options = _options()
    header = ["samples", "workers", "time", "terabytes", "MB/s written", "computing", "storage"]
    rows = [
        row(int(float(samples)), workers, options)
        for samples in options.samples
        for workers in options.workers
    ]
    print(markdown_table(header, rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--rate", type=float, required=True, help="samples a second of one worker")
    add("--bytes", type=float, required=True, help="of a sample on disk")
    add("--hour", type=float, default=0.10, help="price of a worker for an hour, default 0.10")
    add("--terabyte", type=float, default=23.0, help="price of a terabyte a month, default 23")
    add("--months", type=float, default=1.0, help="for which the data set is kept, default 1")
    add("--samples", nargs="+", default=["1.5e6", "1e9"])
    add("--workers", nargs="+", type=int, default=[1, 16, 256])
    return parser.parse_args()


def row(samples: int, workers: int, options: argparse.Namespace) -> list[str]:
    hours = samples / (options.rate * workers) / 3600
    terabytes = samples * options.bytes / 1e12
    speed = options.rate * workers * options.bytes / 1e6
    computing = hours * workers * options.hour
    storage = terabytes * options.terabyte * options.months
    cells = [f"{samples:,}", str(workers), time_of(hours), f"{terabytes:.3g}", f"{speed:.3g}"]
    return [*cells, f"{computing:,.2f}", f"{storage:,.2f}"]


def time_of(hours: float) -> str:
    if hours >= 48:
        return f"{hours / 24:.1f} days"
    return f"{hours:.1f} h" if hours >= 1 else f"{hours * 60:.1f} min"


if __name__ == "__main__":
    main()
