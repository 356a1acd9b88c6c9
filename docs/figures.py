"""Draws the figures of the methods page, each from the code of the process that it shows.

python docs/figures.py [NAME ...]
"""

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import figures_counts as count
import figures_groups as groups
import figures_places as places
import figures_state as state
from matplotlib import rc_context
from matplotlib.figure import Figure
from paper import Size, save

from contagion.plots.style import STYLE

FOLDER = Path(__file__).with_name("figures")
FIGURES: dict[str, Callable[[Size], Figure]] = {
    "step": count.convergence,
    "observation": state.seen,
    "presence": state.presence,
    "leadership": groups.leadership,
    "fragmentation": groups.splits,
    "recruitment": groups.recruits,
    "incapacitation": groups.arrests,
    "contact": groups.contact,
    "conflict": groups.fighting,
    "clashes": state.arrival,
    "saturation": groups.dropouts,
    "operators": groups.operators,
    "relocation": places.relocations,
    "entry": places.entries,
    "channels": places.channels,
    "intensity": count.spread,
    "noise": count.noise,
    "counts": count.numbers,
    "memory": state.people,
}


def draw(folder: Path, names: Iterable[str] = FIGURES, size: Size | None = None) -> list[Path]:
    """Writes the named figures to a folder as PNG and returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in names:
        began = time.monotonic()
        with rc_context(STYLE):
            paths.append(folder / f"{name}.png")
            save(FIGURES[name](size or Size()), paths[-1])
        print(f"{name}: {paths[-1].stat().st_size / 1000:.0f} kB, {time.monotonic() - began:.0f} s", file=sys.stderr)
    return paths


if __name__ == "__main__":
    draw(FOLDER, sys.argv[1:] or FIGURES)
