"""What runs, stores and readers do when something goes wrong.

    python -m experiments.faults [kills pairs damages engines fuzz memory] [--tries N] [--seed 0]

Each study counts how often the outcome was right: results equal to the bit after a kill, one of two processes told,
damage named, a sweep whole though a worker was killed, a sentence for bad input, memory below 2 GB. Writes `faults.csv`
beside this file; what went wrong is printed and kept there.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.faults import inputs, memory, processes, stores

Row = dict[str, Any]
HERE = Path(__file__).parent
USUAL = {"kills": 50, "pairs": 20, "damages": 300, "engines": 64, "fuzz": 10_000, "memory": 0}


def study(name: str, folder: Path, tries: int, seed: int) -> list[Row]:
    """The rows of one study."""
    match name:
        case "kills":
            return [processes.kills(folder, tries, seed)]
        case "pairs":
            if not (folder / "whole-batches").exists():
                processes.references(folder)
            return [processes.pairs(folder, tries, seed)]
        case "damages":
            return [stores.damages(folder, tries, seed)]
        case "engines":
            return processes.engines(folder, tries)
        case "fuzz":
            return inputs.fuzz(folder, tries, seed)
        case _:
            return memory.slopes(folder, (64, 256, 1024))


def main() -> None:
    """Run what is asked for, and record it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("studies", nargs="*", default=list(USUAL), help=f"any of {', '.join(USUAL)}")
    parser.add_argument("--tries", type=int)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    table = HERE / "faults.csv"
    rows = pd.read_csv(table).to_dict("records") if table.exists() else []
    for name in given.studies:
        if name not in USUAL:
            parser.error(f"unknown study {name!r}: must be one of {', '.join(USUAL)}")
        with tempfile.TemporaryDirectory(prefix="faults-") as folder:
            began = time.monotonic()
            found = study(name, Path(folder), given.tries or USUAL[name], given.seed)
        for row in found:
            print(f"{row['study']}: {row['right']} of {row['tries']} right ({time.monotonic() - began:.0f} s)")
            for words in row["wrong"]:
                print(f"  {words}")
        rows = [row for row in rows if row["group"] != name]
        rows += [{"group": name, "seed": given.seed, **row, "wrong": " | ".join(row["wrong"])} for row in found]
        pd.DataFrame(rows).to_csv(table, index=False)


if __name__ == "__main__":
    main()
