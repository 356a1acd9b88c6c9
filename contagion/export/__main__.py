"""Export the results of a stored run from the command line."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from geopandas import read_parquet
from pandas import DataFrame

from contagion.errors import InputError
from contagion.export.files import FOLDER, FORMATS, write
from contagion.export.workbook import SHEETS, read
from contagion.simulation.store import POLYGONS, RESULTS, open_results


def main(arguments: Sequence[str] | None = None) -> None:
    """Export a stored run; exit status 0 on success, 2 for invalid input."""
    parser = argparse.ArgumentParser(prog="python -m contagion.export", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a run, with results.zarr and polygons.parquet")
    for name in FORMATS:
        parser.add_argument(f"--{name}", dest="formats", action="append_const", const=name, help="default: all formats")
    given = parser.parse_args(arguments)
    try:
        for path in _of_folder(given.run, given.formats or FORMATS):
            print(path)
    except InputError as error:
        parser.exit(2, f"error: {error}\n")


def _of_folder(run: Path, formats: Sequence[str]) -> list[Path]:
    results, outlines = run / RESULTS, run / POLYGONS
    for needed in (results, outlines):
        if not needed.exists():
            raise InputError(f"{needed}: no such file; give the folder of a run")
    with open_results(run) as dataset:
        return write(dataset, read_parquet(outlines), run / FOLDER, formats, _tables(run))


def _tables(run: Path) -> dict[str, DataFrame] | None:
    """The tables of a run by name, with text as text; None where it has none."""
    return {name: read(run / f"{name}.csv") for name in SHEETS if (run / f"{name}.csv").exists()} or None


if __name__ == "__main__":
    main(sys.argv[1:])
