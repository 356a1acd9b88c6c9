"""What the estimators say of the recorded data, beside what the studies published.

    python -m experiments.published_numbers.recorded [MIRROR]

Homicides of INEGI, events of OCVED 2.0, removals of `geodata/mexico/removals.csv`. Writes `recorded.csv` next to this
file: id of the target, value, 95 % interval where there is one, and which data it comes from. The studies counted other
things than these public data hold, so the recorded value says what a perfect simulation of these data would show under
the same estimator, and its distance from the published one is the price of the change of data.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sparse
from numpy.typing import NDArray

from contagion.inference.estimators import autocorrelation, event_study, spatial_lag, territory
from contagion.regions.kinds import mexico_records as records
from contagion.regions.kinds.mexico_history import removals
from contagion.regions.neighbours import contiguity
from contagion.regions.polygons import in_kilometres

# The removals of the study's period with and without the years before, and all of them.
PANELS = (("2001-01", "2010-12"), ("2007-01", "2010-12"), ("2007-01", "2016-12"))
LEADERS = {
    ("own", "0-6"): ("T20", "T21", "T22"),
    ("adjacent", "6-12"): ("T23", "T24"),
    ("strategic", "0-6"): ("T25",),
    ("strategic", "6-12"): ("T26",),
    ("same_group", "0-6"): ("same_group",),
}
WEEKS = (52, 574)  # 2001 to 2010 counted from 1 January 2000: one year earlier tells which groups are active
YEARS = range(2000, 2011)
MORAN = (2000, 2005, 2007, 2009, 2010)


def recorded(mirror: str | None = None) -> pd.DataFrame:
    """A row per target and data set: id, value, low, high, data."""
    polygons, _ = records.municipalities(mirror)
    touching, _ = contiguity(in_kilometres(polygons))
    events = records.events(mirror)
    named = events.loc[~events["actor"].isin(records.NO_GROUP)]
    homicides = records.homicides(mirror).reindex(polygons.index).fillna(0)
    rows = [
        *(row for panel in PANELS for row in after_captures(homicides, named, touching, *panel)),
        *lag_of_events(events, named, polygons.index, touching),
        *yearly(events, named, polygons.index, touching),
    ]
    return pd.DataFrame(rows, columns=["id", "value", "low", "high", "data"])


def after_captures(
    homicides: pd.DataFrame, named: pd.DataFrame, touching: sparse.csr_array, first: str, last: str
) -> list[tuple]:
    """Ratios after the removal of leaders, and the placebo; groups are present where the months name them."""
    counts = homicides.loc[:, first:last].to_numpy(dtype=float).T
    codes, groups = homicides.index, sorted(named.actor.unique())
    start, end = pd.Timestamp(first), pd.Timestamp(last) + pd.offsets.MonthEnd()
    during = named.loc[named["date"].between(start, end)]
    presence = np.array([codes.isin(during.code[during.actor == group]) for group in groups])
    ports = records.hand_coded("strategic.csv", {"code": str})
    removed = removals().query("level == 'leader' and @start <= date <= @end")
    captures = pd.DataFrame(
        {
            "month": 12 * (removed.date.dt.year - start.year) + removed.date.dt.month - start.month,
            "place": codes.get_indexer(removed.code),
            "group": [groups.index(actor) if actor in groups else -1 for actor in removed.actor],
        }
    )
    given = (captures, touching, presence, codes.isin(ports.code))
    table = event_study.regression(counts, event_study.design(counts, *given)).set_index(["scope", "window"])
    where = f"INEGI homicides {first} to {last}, {len(captures)} leaders"
    rows = []
    for key, ids in LEADERS.items():
        ratio = table.loc[[key]].iloc[0]
        data = f"{where}, {ratio.places:.0f} places in the window"
        rows += [(target, ratio.irr, ratio.low, ratio.high, data) for target in ids]
    placebo = event_study.placebo(counts, *given)
    return [*rows, ("placebo", placebo, np.nan, np.nan, f"{where}, months redrawn 50 times")]


def lag_of_events(
    events: pd.DataFrame, named: pd.DataFrame, codes: pd.Index, touching: sparse.csr_array
) -> list[tuple]:
    """Spatial lag of weekly events, and the coefficient of the number of groups."""
    weekly = by_week(events, codes)
    active = spatial_lag.groups_active([by_week(part, codes) for _, part in named.groupby("actor")])
    chosen = slice(*WEEKS)
    table = spatial_lag.spatial_lag(weekly[chosen], touching, {"groups": active[chosen]})
    data = "OCVED 2.0, all events by week 2001 to 2010"
    return [
        (target, row.coefficient, row.low, row.high, data)
        for target, row in (("T30", table.loc["lambda"]), ("T33", table.loc["groups"]))
    ]


def by_week(events: pd.DataFrame, codes: pd.Index) -> NDArray:
    """Events [week, place] from 1 January 2000."""
    week = (events.date - pd.Timestamp("2000-01-01")).dt.days.to_numpy() // 7
    inside = week < WEEKS[1]
    counts = np.zeros((WEEKS[1], len(codes)))
    np.add.at(counts, (week[inside], codes.get_indexer(events.code)[inside]), 1)
    return counts


def yearly(events: pd.DataFrame, named: pd.DataFrame, codes: pd.Index, touching: sparse.csr_array) -> list[tuple]:
    """Moran's I of events, and where named groups are seen."""
    counts = pd.crosstab(events.date.dt.year, events.code).reindex(columns=codes, fill_value=0)
    path = autocorrelation.moran(counts.loc[list(MORAN)].to_numpy(), touching)
    rows = [
        (f"T36-{year}", value, np.nan, np.nan, "OCVED 2.0, all events") for year, value in zip(MORAN, path, strict=True)
    ]
    groups = sorted(named.actor.unique())
    seen = pd.crosstab([named.date.dt.year, named.actor], named.code)
    index = pd.MultiIndex.from_product([YEARS, groups])
    presence = (
        seen.reindex(index, columns=codes, fill_value=0).to_numpy().reshape(len(YEARS), len(groups), len(codes)) > 0
    )
    series = territory.territory(presence)
    data = f"OCVED 2.0, {len(groups)} named groups 2000 to 2010"
    fastest = f"{data}, {groups[series.fastest]}"
    return [
        *rows,
        ("T50", presence.any(axis=(0, 1)).sum(), np.nan, np.nan, f"{data}, in any year"),
        ("T51-new", series.new[:, series.fastest].mean(), np.nan, np.nan, fastest),
        ("T51-abandoned", series.abandoned[:, series.fastest].mean(), np.nan, np.nan, fastest),
        ("T51-tenure", series.tenure[series.fastest], np.nan, np.nan, fastest),
        ("R1-new", series.new.sum() / presence[:-1].sum(), np.nan, np.nan, data),
        ("R1-lost", series.abandoned.sum() / presence[:-1].sum(), np.nan, np.nan, data),
    ]


if __name__ == "__main__":
    result = recorded(sys.argv[1] if len(sys.argv) > 1 else None)
    print(result.to_string(index=False, float_format="{:.3f}".format))
    result.to_csv(Path(__file__).with_suffix(".csv"), index=False, float_format="%.4f")
