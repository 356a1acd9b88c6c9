"""Runs the preset comparisons and puts what comes out into their pages: a table and the maps of effects.

python docs/presets.py [NAME ...]

All presets without a name. Each is one run of the command on the region it names, three to four minutes on two cores.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from tables import fill

FOLDER = Path(__file__).with_name("presets")
NAMES = ("amlo_2019", "calderon_2006", "truce_2012", "guerrero_poppy", "tijuana_relapse_2019", "four_options")
MAPS = Path("maps", "homicide_rate_differences.png")  # of the command: what each strategy changes by place


def main(names: list[str]) -> None:
    """Run and write."""
    for name in names:
        with tempfile.TemporaryDirectory() as parent:
            results = Path(parent) / name
            subprocess.run(["contagion", f"experiment={name}", f"hydra.run.dir={results}"], check=True)
            write(name, results)


def write(name: str, results: Path) -> None:
    """Put the table and the maps of a finished run into the page of its preset."""
    shutil.copy(results / MAPS, FOLDER / f"{name}.png")
    page = FOLDER / f"{name}.md"
    text = fill(page.read_text(encoding="utf-8"), name, outcome(pd.read_csv(results / "comparison.csv")))
    page.write_text(text, encoding="utf-8")


def outcome(comparison: pd.DataFrame) -> pd.DataFrame:
    """Homicides over the run by strategy, as a change from the first, with its intervals and probability."""
    rows = comparison.query("outcome == 'homicides'")
    usual = np.asarray(rows["mean"], float)[0]
    columns = {
        "low": "expected_low",
        "high": "expected_high",
        "worlds_low": "difference_q05",
        "worlds_high": "difference_q95",
    }
    return pd.DataFrame(
        {
            "strategy": rows["strategy"],
            "homicides": rows["mean"].round(),
            "change_percent": rows["difference_percent"],
            **{name: 100 * rows[column] / usual for name, column in columns.items()},
            "probability_fewer": rows["probability_better"],
            "verdict": rows["verdict"],
        }
    )


if __name__ == "__main__":
    main(sys.argv[1:] or list(NAMES))
