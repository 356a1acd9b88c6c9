"""What the simulator says of the published numbers: runs, and the papers' estimators on them.

The run begins with the groups of 2007 and lasts from 2001 to 2010: recorded homicides of 2001 and of 2006 differ by
2 %, and six years without removals lie before the first. Operations happen on their dates. Captures are drawn at
random, anew for every batch of replicates: the ten leaders of the record before 2011, four of them caught where no
report places their group, are too few to tell a mechanism from their places and dates.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import jax.numpy as jnp
import numpy as np
import pandas as pd
import scipy.sparse as sparse
from numpy.typing import NDArray

from contagion import load_region
from contagion.inference.estimators import autocorrelation, event_study, spatial_lag, territory
from contagion.interventions.historical import RecordedOperations, RecordedRemovals
from contagion.kernel.ensembles import ensemble
from contagion.kernel.initial import Model, init
from contagion.kernel.params import Params
from contagion.regions.atlas import Atlas
from contagion.simulation.calendar import calendar

SLOTS = 14  # of groups: the ten named ones, one for the rest, three for splinters
FIRST, YEARS = date(2001, 1, 1), 10
WEEKS = 521
DELAY = (date(2007, 1, 1) - FIRST).days // 7  # weeks from the first day of the run to that of the region's state
MORAN = {2005: 4, 2007: 6, 2009: 8, 2010: 9}  # years counted from the first
EVERY = 8  # of the weeks that enter the spatial lag
BATCH = 4  # replicates in memory at once, and under the same captures
LEADERS = 20  # captured
CAPTURED = (313, 495)  # weeks, 2007 to mid-2010
SEVERITY = 0.8  # share of leadership removed, assumed as in `conf/region/mexico.yaml`


@dataclass(frozen=True)
class Run:
    """What the estimators read of a batch of replicates."""

    homicides: NDArray  # [replicate, week, place]
    killings: NDArray  # [replicate, week, place], of them by organised crime
    present: NDArray  # [replicate, year, group, place]
    groups: NDArray  # [replicate, week, place], number of groups present
    captures: pd.DataFrame  # month, place and group of each


def mexico(mirror: str | None = None) -> Atlas:
    """The region of 2007 with room for splinters, its operations as late as if it began in 2001."""
    atlas = load_region("mexico", start=date(2007, 1, 1), groups=SLOTS, history=True, mirror=mirror)
    operations = tuple(events for events in atlas.history if isinstance(events, RecordedOperations))
    before = atlas.region.military - sum(np.asarray(each.deployed(-1)) for each in operations)
    later = tuple(replace(each, week=each.week + DELAY) for each in operations)
    return replace(atlas, start=FIRST, history=later, region=replace(atlas.region, military=before))


def runs(atlas: Atlas, params: Params, replicates: int, seed: int, severity: float = SEVERITY) -> Iterator[Run]:
    """Replicates in batches; numbers of `params` are shared or one per replicate.

    A homicide is one by organised crime with the share that conflict between groups has in what is not contagion: both
    breed further homicides at the same rate. With `severity` 0 the captures did not happen, whatever their dates.
    """
    generator = np.random.default_rng(seed)
    periods = [(week, week + 1) for week in range(WEEKS)]
    for low in range(0, replicates, BATCH):
        size = min(BATCH, replicates - low)
        chosen = {
            name: values[low : low + size] if getattr(values, "ndim", 0) else values
            for name, values in vars(params).items()
        }
        schedule, removals = captures(atlas, seed + low, severity)
        model = Model(atlas.region, replace(params, **chosen), (*atlas.history, removals))
        homicides = np.empty((size, WEEKS, len(atlas.polygons)), np.float32)
        constants = init(model, size)[1]
        endemic = np.asarray(constants.endemic) * np.asarray(atlas.region.population)[:, None]
        killings, groups = np.empty_like(homicides), np.empty_like(homicides, np.int8)
        present = np.zeros((size, YEARS, len(atlas.groups), len(atlas.polygons)), bool)
        for week, (flows, stocks) in enumerate(ensemble(model, periods, size, seed + low)):
            homicides[:, week] = np.asarray(flows.homicides).T
            conflict = np.asarray(flows.conflict_homicides)
            organised = conflict / np.maximum(conflict + endemic, np.finfo(np.float32).tiny)
            killings[:, week] = generator.binomial(homicides[:, week].astype(int), organised.T)
            here = np.asarray(stocks.present)
            groups[:, week] = here.sum(axis=1).T
            if week % 52 == 51 and week // 52 < YEARS:
                present[:, week // 52] = here.transpose(2, 1, 0)
        yield Run(homicides, killings, present, groups, schedule)


def captures(atlas: Atlas, seed: int, severity: float = SEVERITY) -> tuple[pd.DataFrame, RecordedRemovals]:
    """Leaders captured at random from 2007 to mid-2010: month, place and group as indices; and as events.

    A group is hit with probability proportional to its members, where one of its members is.
    """
    generator = np.random.default_rng([seed, 0x63617074])
    members = np.asarray(atlas.region.members, float)
    week = np.sort(generator.integers(*CAPTURED, LEADERS))
    cell = generator.choice(members.size, LEADERS, replace=False, p=(members / members.sum()).ravel())
    group, place = np.unravel_index(cell, members.shape)
    middle = [pd.Timestamp(FIRST) + pd.Timedelta(days=7 * int(each) + 3) for each in week]
    month = [12 * (day.year - FIRST.year) + day.month - 1 for day in middle]
    events = RecordedRemovals(
        week=jnp.asarray(week, jnp.int32),
        group=jnp.asarray(group, jnp.int32),
        place=jnp.asarray(place, jnp.int32),
        killed=jnp.zeros(LEADERS, jnp.float32),
        severity=jnp.full(LEADERS, severity, jnp.float32),
    )
    return pd.DataFrame({"month": month, "place": place, "group": group}), events


def monthly(weekly: NDArray) -> NDArray:
    """Weekly counts [replicate, week, place] by the months of the run's calendar."""
    _, bounds = calendar(FIRST, WEEKS)
    return np.add.reduceat(weekly, [first for first, _ in bounds], axis=1)


class Study:
    """The papers' estimators with what they need to know of the region."""

    def __init__(self, atlas: Atlas, touching: sparse.csr_array, params: Params):
        self.touching = touching
        self.presence = np.asarray(atlas.region.members) >= np.min(params.foothold)
        self.strategic = np.asarray(atlas.region.strategic) > 0

    @property
    def given(self) -> tuple[sparse.csr_array, NDArray, NDArray]:
        """What the event study asks for beside counts and captures."""
        return self.touching, self.presence, self.strategic

    def design(self, run: Run) -> event_study.Design:
        """The sample and the windows that all replicates of a batch share."""
        return event_study.design(monthly(run.homicides).mean(axis=0), run.captures, *self.given)

    def dispersion(self, counts: NDArray, design: event_study.Design) -> float:
        """Of the regression on one replicate, which the others take."""
        return float(event_study.regression(counts[0], design)["dispersion"].iloc[0])

    def estimates(self, run: Run) -> dict[str, NDArray]:
        """Estimates by target, one for each replicate."""
        counts, design = monthly(run.homicides), self.design(run)
        dispersion = self.dispersion(counts, design)
        label = list(zip(*event_study.labels().values(), strict=True))
        after = dict(zip(label, event_study.ratios(counts, design, dispersion).T, strict=True))
        fought = dict(zip(label, event_study.ratios(monthly(run.killings), design, dispersion).T, strict=True))
        lags = [
            spatial_lag.spatial_lag(weeks[::EVERY], self.touching, {"groups": groups[::EVERY]}).coefficient
            for weeks, groups in zip(run.killings, run.groups, strict=True)
        ]
        annual = run.killings[:, : 52 * YEARS].reshape(len(counts), YEARS, 52, -1).sum(axis=2)
        seen = run.present & (annual[:, :, None] > 0)  # the press reports groups where somebody is killed
        path = np.array([autocorrelation.moran(years[list(MORAN.values())], self.touching) for years in annual])
        series = [territory.territory(present) for present in seen]
        return {
            **dict.fromkeys(("T20", "T21", "T22"), after["own", "0-6"]),
            **dict.fromkeys(("T23", "T24"), after["adjacent", "6-12"]),
            "T25": fought["strategic", "0-6"],
            "T26": fought["strategic", "6-12"],
            "T30": np.array([lag["lambda"] for lag in lags]),
            "T33": np.array([lag["groups"] for lag in lags]),
            **{f"T36-{year}": path[:, index] for index, year in enumerate(MORAN)},
            "T50": seen.any(axis=(1, 2)).sum(axis=1),
            "T51-new": np.array([each.new[:, each.fastest].mean() for each in series]),
            "T51-abandoned": np.array([each.abandoned[:, each.fastest].mean() for each in series]),
            "T51-tenure": np.array([each.tenure[each.fastest] for each in series]),
        }
