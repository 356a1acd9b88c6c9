"""What deaths attributed to rivalry say about where groups fight: in the year from which conflict is set, and after it.

    python -m experiments.rivalry RIVALRY [--replicates 64]

RIVALRY is the list of deaths of Mexico, December 2006 to December 2009, which a user brings. From January 2008 and from
January 2009, a run of a year takes conflict at the start from the deaths of the year before (`region.rivalry`), another
from the national law. Writes `rivalry.csv`: share of conflict in homicides at the start and in the year, recorded
beside it; correlation of conflict by place with the deaths of the year that is run, by square roots, which weigh places
alike; and the same correlation of what was known before: homicides, and deaths by rivalry. CONTAGION_MIRROR names a
folder with the public files.
"""

import argparse
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import contagion
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions.record import read_record

ORIGINS = (2008, 2009)


def correlation(one: NDArray, other: NDArray) -> float:
    """Of square roots."""
    return float(np.corrcoef(np.sqrt(one), np.sqrt(other))[0, 1])


def at_origin(year: int, rivalry: str, replicates: int) -> list[dict]:
    """A row for each way to set conflict, and for each thing that was known."""
    rows = []
    for source, given in (("rivalry", rivalry), ("national law", None)):
        atlas = contagion.load_region("mexico", start=date(year, 1, 1), rivalry=given)
        residents = pd.Series(atlas.polygons.population.to_numpy(), atlas.polygons.index)
        deaths = read_record(rivalry, "code", None, "zero", residents)[0].counts
        later, before = (deaths.sel(time=str(each)).sum("time").values for each in (year, year - 1))
        assert atlas.record is not None
        counted = atlas.record.counts.sel(time=str(year)).fillna(0).sum("time").values
        run = contagion.simulate(atlas, weeks=52, replicates=replicates).isel(strategy=0)
        conflict = run.conflict_homicides.sel(statistic="mean").sum("time").values
        homicides = run.homicides.sel(statistic="mean").sum("time").values
        first = run.isel(time=0).sel(statistic="mean")
        rows.append(
            dict(
                origin=year,
                source=f"simulated, by {source}",
                share_at_start=float(first.conflict_homicides.sum() / first.homicides.sum()),
                share=conflict.sum() / homicides.sum(),
                recorded_share=later.sum() / counted.sum(),
                correlation=correlation(conflict, later),
            )
        )
    known = np.asarray(atlas.region.homicides, float) * WEEKS_OF_YEAR
    for source, values in (("homicides of the year before", known), ("rivalry of the year before", before)):
        rows.append(dict(origin=year, source=source, correlation=correlation(values, later)))
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rivalry", help="CSV file")
    parser.add_argument("--replicates", type=int, default=64)
    given = parser.parse_args()
    table = pd.DataFrame([row for year in ORIGINS for row in at_origin(year, given.rivalry, given.replicates)])
    print(table.to_string(index=False, float_format="%.3f"))
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, float_format="%.4g")
