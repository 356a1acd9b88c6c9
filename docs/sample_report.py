"""Writes the sample report of the site: a small run on the schematic region.

python docs/sample_report.py FILE
"""

import sys
import tempfile
from pathlib import Path

import contagion

REPLICATES, WEEKS = 16, 104
STRATEGIES = {
    "kingpin": {"start": 26},
    "middle_layer": {"start": 26},
    "concentric_handover": {"start": 26},
}


def write(target: Path) -> None:
    """The report of the strategies of the main job, smaller and shorter, to a file that does not exist yet."""
    atlas = contagion.load_region("schematic")
    strategies = {"baseline": ()} | {
        name: (contagion.load_intervention(name, **numbers),) for name, numbers in STRATEGIES.items()
    }
    results = contagion.simulate(atlas, strategies, weeks=WEEKS, replicates=REPLICATES)
    with tempfile.TemporaryDirectory() as folder:
        figures = contagion.plots.draw(results, atlas.polygons, Path(folder) / "maps")
        contagion.report.write(results, atlas.polygons, contagion.compare(results), figures, target)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
