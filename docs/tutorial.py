"""Runs the tutorial and keeps what it shows: python docs/tutorial.py [--replicates N] [--weeks N] [--to FILE].

Sizes and file are the notebook's own unless others are given. Nothing is written where a cell fails.
"""

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

NOTEBOOK = Path(__file__).with_suffix(".ipynb")
LONGEST = 600  # seconds that a cell may take


def run(sizes: Mapping[str, int]) -> nbformat.NotebookNode:
    """The notebook with what its cells show; `sizes` stand in for those of the same name in its cell of parameters."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    (parameters,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ()))
    for name, size in sizes.items():
        parameters.source, found = re.subn(rf"^{name} = \d+", f"{name} = {size}", parameters.source, flags=re.M)
        assert found == 1, name
    # The command of this Python comes before any other.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    client = NotebookClient(
        notebook, timeout=LONGEST, kernel_name="python3", record_timing=False, coalesce_streams=True
    )
    client.execute(env={**os.environ, "PATH": path})
    notebook.metadata.language_info = {"name": "python"}  # whichever version it ran in
    return notebook


def main(arguments: Sequence[str] | None = None) -> None:
    """The command. Exit status 0 when done, 1 where a cell fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, help="in place of the notebook's own")
    parser.add_argument("--weeks", type=int, help="in place of the notebook's own")
    parser.add_argument("--to", type=Path, default=NOTEBOOK, help="the notebook itself if not given")
    given = parser.parse_args(arguments)
    sizes = {"REPLICATES": given.replicates, "WEEKS": given.weeks}
    try:
        notebook = run({name: size for name, size in sizes.items() if size is not None})
    except CellExecutionError as error:
        parser.exit(1, f"{error}\n")
    nbformat.write(notebook, given.to)


if __name__ == "__main__":
    main()
