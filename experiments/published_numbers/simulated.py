"""What the simulator says of the published numbers: runs, and the papers' estimators on them.

The run begins with the groups of 2007 and lasts from 2001 to 2010. Homicides are anchored to the record: their levels
are what was counted, operations included, and captures multiply them by what the mechanism expects. Captures are drawn
at random, anew for every batch of replicates: the ten leaders of the record before 2011, four of them caught where no
report places their group, are too few to tell a mechanism from their places and dates. Batches draw what is assumed of
the region as well.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import jax.numpy as jnp
import numpy as np
import pandas as pd
import scipy.sparse as sparse
from numpy.typing import NDArray

from contagion import load_region, simulate
from contagion.inference.estimators import autocorrelation, event_study, spatial_lag, territory
from contagion.interventions.historical import RecordedOperations, RecordedRemovals
from contagion.interventions.registry import Strategy
from contagion.kernel.ensembles import ensemble
from contagion.kernel.flows import Flows, Stocks
from contagion.kernel.initial import Model, init
from contagion.kernel.params import Params
from contagion.parameters.scaling import at_scale, concentration
from contagion.regions.atlas import Atlas
from contagion.regions.kinds.mexico import recorded_homicides
from contagion.simulation.anchoring import levels_of
from contagion.simulation.calendar import calendar

SLOTS = 14  # of groups: the ten named ones, one for the rest, three for splinters
STATE, FIRST, YEARS = date(2007, 1, 1), date(2001, 1, 1), 10  # of the groups, of the run, and its length
WEEKS = 521
DELAY = (STATE - FIRST).days // 7  # weeks from the first day of the run to that of the region's state
MORAN = {2005: 4, 2007: 6, 2009: 8, 2010: 9}  # years counted from the first
EVERY = 8  # of the weeks that enter the spatial lag
NATIONAL_BATCH = 32  # replicates in the same region, where nothing is kept by week
BATCH = 4  # replicates in memory at once, in the same region and under the same captures
LEADERS = 20  # captured
CAPTURED = (313, 495)  # weeks, 2007 to mid-2010
SEVERITY = 0.8  # share of leadership removed, assumed as in `conf/region/mexico.yaml`
REPORTED = 0.124  # events that name a group, per homicide by organised crime: 7,199 from 2001 to 2010 (OCVED 2.0)
EVENTS = range(2008, 2017)  # years with dated removals, each compared with the one before
# What is assumed of the region, from low to high; members by the factor that they are off by.
ASSUMED = dict(event_power=(0.5, 1.0), presence_spread=(0.1, 0.5), hostility_mean=(0.25, 0.41))
MEMBERS, MEMBERS_OFF = 115_000, 1.2
EVENTS_ASSUMED = dict(removal_severity=(0.6, 1.0), lieutenant_severity=(0.1, 0.5), operation_personnel=(1500, 6000))


@dataclass(frozen=True)
class Run:
    """What the estimators read of a batch of replicates."""

    homicides: NDArray  # [replicate, week, place]
    killings: NDArray  # [replicate, week, place], of them by organised crime
    present: NDArray  # [replicate, year, group, place]
    seen: NDArray  # [replicate, year, group, place], present and reported
    groups: NDArray  # [replicate, week, place], number of groups present
    captures: pd.DataFrame  # month, place and group of each
    before: NDArray  # [group, place], whether the group was there at the start
    strategic: NDArray  # [place], whether there is a port or crossing


def mexico(seed: int | None, mirror: str | None = None) -> Atlas:
    """The region of 2007 with room for splinters and its dated events; with a seed, what is assumed of it is drawn."""
    options: dict[str, Any] = {}
    if seed is not None:
        generator = np.random.default_rng([seed, 0x72656769])
        options = {name: float(generator.uniform(*ends)) for name, ends in (ASSUMED | EVENTS_ASSUMED).items()}
        options["members"] = MEMBERS * float(MEMBERS_OFF ** generator.uniform(-1, 1))
    return load_region("mexico", start=STATE, groups=SLOTS, history=True, mirror=mirror, **options)


def earlier(atlas: Atlas) -> Atlas:
    """The same region as if its state were that of the first day of the run, and its operations as much later."""
    operations = tuple(events for events in atlas.history if isinstance(events, RecordedOperations))
    before = atlas.region.military - sum(np.asarray(each.deployed(-1)) for each in operations)
    later = tuple(replace(each, week=each.week + DELAY) for each in operations)
    return replace(atlas, start=FIRST, history=later, region=replace(atlas.region, military=before))


def part(params: Params, low: int, size: int) -> Params:
    """Numbers of some replicates."""
    values = vars(params).items()
    return replace(
        params, **{name: each[low : low + size] if getattr(each, "ndim", 0) else each for name, each in values}
    )


def by_week(
    atlas: Atlas, params: Params, strategy: Strategy, size: int, seed: int, paths: list[NDArray] | None
) -> Iterator[tuple[Flows, Stocks, NDArray]]:
    """Weeks of a strategy, and how far its homicides exceed what the mechanism expects [place, replicate].

    Without `paths`, what the mechanism expects under the reference by week, the strategy is the reference.
    """
    levels = levels_of("record", atlas, FIRST, WEEKS, range(size), seed, False)
    assert levels is not None
    periods = [(week, week + 1) for week in range(WEEKS)]
    model = Model(atlas.region, at_scale(params, atlas.law_scale, concentration(atlas.region.members)), strategy)
    weeks = ensemble(model, periods, size, seed, anchors=list(levels.anchors(periods, paths, 0.0)))
    for week, (flows, stocks) in enumerate(weeks):
        own = np.asarray(stocks.expected) if paths is None else paths[week]
        level = levels.weekly[levels.part[week]]
        yield flows, stocks, np.divide(level, own[0], out=np.ones_like(level), where=own[0] > 0)


def runs(
    region: Callable[[int], Atlas], params: Params, replicates: int, seed: int, severity: float = SEVERITY
) -> Iterator[Run]:
    """Replicates in batches, each in its own draw of the region; numbers are shared or one per replicate.

    A homicide is one by organised crime with the share that conflict between groups has in what is not contagion: both
    breed further homicides at the same rate. With `severity` 0 the captures did not happen, whatever their dates.
    """
    generator = np.random.default_rng(seed)
    for low in range(0, replicates, BATCH):
        size = min(BATCH, replicates - low)
        atlas, chosen = region(seed + low), part(params, low, size)
        schedule, removals = captures(atlas, seed + low, severity)
        paths = [
            np.asarray(stocks.expected) for _, stocks, _ in by_week(atlas, chosen, atlas.history, size, seed, None)
        ]
        constants = init(Model(atlas.region, chosen, ()), size)[1]
        endemic = np.asarray(constants.endemic) * np.asarray(atlas.region.population)[:, None]
        homicides = np.empty((size, WEEKS, len(atlas.polygons)), np.float32)
        killings, groups = np.empty_like(homicides), np.empty_like(homicides, np.int8)
        present = np.zeros((size, YEARS, len(atlas.groups), len(atlas.polygons)), bool)
        weeks = by_week(atlas, chosen, (*atlas.history, removals), size, seed, paths)
        for week, (flows, stocks, scale) in enumerate(weeks):
            homicides[:, week] = np.asarray(flows.homicides).T
            conflict = np.asarray(flows.conflict_homicides)
            organised = conflict / np.maximum(conflict + scale * endemic, np.finfo(np.float32).tiny)
            killings[:, week] = generator.binomial(homicides[:, week].astype(int), organised.T)
            here = np.asarray(stocks.present)
            groups[:, week] = here.sum(axis=1).T
            if week % 52 == 51 and week // 52 < YEARS:
                present[:, week // 52] = here.transpose(2, 1, 0)
        reports = REPORTED * by_year(killings) / np.maximum(present.sum(axis=2), 1)  # of each group there
        reported = generator.random(present.shape, np.float32) < -np.expm1(-reports)[:, :, None]
        yield Run(
            homicides=homicides,
            seen=present & reported,
            killings=killings,
            present=present,
            groups=groups,
            captures=schedule,
            before=np.asarray(atlas.region.members) >= np.min(chosen.foothold),
            strategic=np.asarray(atlas.region.strategic) > 0,
        )


def after_operations(region: Callable[[int], Atlas], params: Params, replicates: int, seed: int) -> NDArray:
    """Homicides per 100,000 and year that operations add in the year after they start, where they go [replicate].

    What happens with them less what would have happened: runs anchored to the record, in which they are no part of the
    reference. Residents weigh.
    """
    found = []
    for low in range(0, replicates, BATCH):
        size = min(BATCH, replicates - low)
        atlas, chosen = region(seed + low), part(params, low, size)
        (operations,) = (events for events in atlas.history if isinstance(events, RecordedOperations))
        population = np.asarray(atlas.region.population, float)
        weeks = by_week(atlas, chosen, (), size, seed, None)
        without = [(np.asarray(flows.homicides), np.asarray(stocks.expected)) for flows, stocks, _ in weeks]
        weeks = by_week(atlas, chosen, (operations,), size, seed, [expected for _, expected in without])
        more = np.stack(
            [np.asarray(flows.homicides) - other for (flows, *_), (other, _) in zip(weeks, without, strict=True)]
        )
        places = [
            (int(week), np.asarray(here) > 0) for week, here in zip(operations.week, operations.military, strict=True)
        ]
        seen = [(week, here) for week, here in places if 0 <= week <= WEEKS - 52]
        rates = [more[week : week + 52, here].sum(axis=(0, 1)) / population[here].sum() * 1e5 for week, here in seen]
        found.append(np.average(rates, axis=0, weights=[population[here].sum() for _, here in seen]))
    return np.concatenate(found)


def national_changes(region: Callable[[int], Atlas], params: Params, replicates: int, seed: int) -> pd.DataFrame:
    """Change of log homicides of the nation from one year to the next by dated removals and operations [replicate].

    Runs from 2007 on, anchored to the record, with the events of the region and without them.
    """
    rows = []
    for low in range(0, replicates, NATIONAL_BATCH):
        size = min(NATIONAL_BATCH, replicates - low)
        atlas = region(seed + low)
        run = simulate(
            replace(atlas, history=()),
            {"without": (), "with": atlas.history},
            params=part(params, low, size),
            anchor="record",
            weeks=522,
            replicates=size,
            seed=seed + low,
        )
        yearly = run.homicides_total.groupby("time.year").sum("time")
        effect = np.log(yearly.sel(strategy="with") / yearly.sel(strategy="without")).transpose("replicate", "year")
        rows.append(effect.diff("year").sel(year=list(EVENTS)).values)
    return pd.DataFrame(np.concatenate(rows), columns=[f"N-{year}" for year in EVENTS])


def recorded_changes(mirror: str | None) -> pd.Series:
    """Change of log homicides of the nation from the year before, by year."""
    counted = recorded_homicides(mirror).sum()
    years = np.asarray(pd.PeriodIndex(counted.index).year)
    every = np.unique(years)
    totals = np.array([counted.to_numpy(float)[years == year].sum() for year in every])
    return pd.Series(np.diff(np.log(totals)), every[1:])


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


def by_year(weekly: NDArray) -> NDArray:
    """Weekly counts [replicate, week, place] by years of 52 weeks."""
    return weekly[:, : 52 * YEARS].reshape(len(weekly), YEARS, 52, -1).sum(axis=2)


def monthly(weekly: NDArray) -> NDArray:
    """Weekly counts [replicate, week, place] by the months of the run's calendar."""
    _, bounds = calendar(FIRST, WEEKS)
    return np.add.reduceat(weekly, [first for first, _ in bounds], axis=1)


class Study:
    """The papers' estimators with what they need to know of the region."""

    def __init__(self, touching: sparse.csr_array):
        self.touching = touching

    def given(self, run: Run) -> tuple[sparse.csr_array, NDArray, NDArray]:
        """What the event study asks for beside counts and captures."""
        return self.touching, run.before, run.strategic

    def design(self, run: Run) -> event_study.Design:
        """The sample and the windows that all replicates of a batch share."""
        return event_study.design(monthly(run.homicides).mean(axis=0), run.captures, *self.given(run))

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
        annual, seen = by_year(run.killings), run.seen
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
            "R1-new": np.array([each.new.sum() for each in series]) / seen[:, :-1].sum(axis=(1, 2, 3)),
            "R1-lost": np.array([each.abandoned.sum() for each in series]) / seen[:, :-1].sum(axis=(1, 2, 3)),
        }
