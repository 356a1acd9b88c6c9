"""Which published numbers the simulator reproduces, by the papers' own estimators on simulated data.

    python -m experiments.published_numbers [REPLICATES] [MIRROR]

Replicates take the calibrated mechanisms from their posterior (`params=calibrated`) and draw every other assumed number
from its prior, those of the region included; homicides are anchored to the record. Prints and writes next to this file:
`table.csv`, the published numbers, beside them a placebo: the same without captures, operations and channels by which
violence spreads; `channels.csv`, the event study with each channel switched off, and its placebos; `growth.csv`,
national homicides from the state of 2007 by the mechanism alone, with removals and operations on their dates;
`changes.csv`, what these events change from year to year, beside what was recorded; `truce.csv`, the truce by the share
of homicides that is between groups, which was nine tenths in its country.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t

import contagion
from contagion.inference.estimators import event_study, truce
from contagion.kernel.params import Params
from contagion.parameters.presets import preset
from contagion.parameters.priors import draw
from contagion.regions.kinds.mexico import recorded_homicides
from contagion.regions.neighbours import contiguity
from contagion.regions.polygons import in_kilometres
from experiments import national_law
from experiments.published_numbers import table
from experiments.published_numbers.simulated import (
    BATCH,
    SEVERITY,
    SLOTS,
    STATE,
    Study,
    after_operations,
    earlier,
    mexico,
    monthly,
    national_changes,
    recorded_changes,
    runs,
)

HERE = Path(__file__).parent
Region = Callable[[int], contagion.Atlas]
REPLICATES = 32
SEED = 7
# Numbers that switch a channel off. The succession of a group spreads with its presence: without its shock what is left
# of a removal is the contest in the place itself.
ALL, NOTHING = "all channels", "placebo: captures that did not happen"
CHANNELS = {
    ALL: {},
    "no succession shock": {"capture_shock": 0.0, "killing_shock": 0.0},
    "no contagion": {"contagion_channel": 0.0},
    "no relocation, no entry": {"relocation_channel": 0.0, "entry_channel": 0.0},
}
OFF = dict(contagion_channel=0.0, relocation_channel=0.0, entry_channel=0.0)  # in the placebo
SMALLEST_RATIO = 0.05  # for logarithms, where a window holds no homicide
PLACEBOS = 10  # redrawn dates for every replicate
YEAR = 52  # weeks
TRUCE = (104, 199)  # weeks; 22 months, as in El Salvador
THERE = 0.9  # of deaths were between groups in El Salvador in 2012 (Freeman and Casij Pena 2022)
GROWTH = range(2007, 2013)
SLOTS_SINCE, WEEKS_SINCE = 24, 731  # groups and weeks from 2007 to the end of 2020
MAJOR = 6  # groups in 2006


def uncertain(replicates: int) -> Params:
    """The posterior of the calibrated mechanisms; every other assumed number from its prior."""
    params = contagion.load_params("calibrated", replicates=replicates, seed=SEED)
    return draw(preset("priors", "broad"), params, replicates, SEED)


def national(mirror: str | None) -> dict[str, tuple[float, float, float]]:
    """Levels and changes of the national law, which has no noise: a value without an interval."""
    atlas = contagion.load_region("national", mirror=mirror)
    ours, theirs = national_law.simulated(atlas), national_law.solved(atlas)
    changes = national_law.changes(ours, theirs)
    taken = changes[changes["remark"] == national_law.CONVENTION]
    rows = pd.concat([national_law.levels(ours["baseline"], theirs["baseline"]), taken])
    rows = rows[rows["id"] != ""]
    return {name: (value, np.nan, np.nan) for name, value in zip(rows["id"], rows["simulated"], strict=True)}


def joined(parts: Iterator[dict[str, NDArray]]) -> dict[str, NDArray]:
    """Estimates of all batches one after the other."""
    batches = list(parts)
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def changed(params: Params, replicates: int, values: dict[str, float]) -> Params:
    """Parameters of which some have the same value in every replicate."""
    return replace(params, **{name: jnp.full(replicates, value) for name, value in values.items()})


def mechanisms(study: Study, region: Region, params: Params, replicates: int, real: bool = True) -> dict[str, NDArray]:
    """Event study, spatial lag, autocorrelation, territory; those of a placebo if not `real`."""
    if not real:
        params = changed(params, replicates, OFF)
    severity = SEVERITY if real else 0.0
    return joined(study.estimates(run) for run in runs(region, params, replicates, SEED, severity))


def channels(study: Study, region: Region, params: Params, replicates: int) -> pd.DataFrame:
    """Geometric means of ratios after a capture, with each channel off, and of placebos; 90 % intervals of the means.

    The first placebo are captures at the same random dates and places that did not happen. The others redraw the
    dates of those that did, as the study does: over the years before the first, which leaves few months to match
    controls on, and over the whole panel, where most of them fall into real windows. Operations are left out: troops
    went where violence was and lower it, which the study cannot tell from captures there.
    """
    rows = []
    for name, off in {**CHANNELS, NOTHING: {}}.items():
        given = changed(params, replicates, off)
        ratios, before, throughout = [], [], []
        for run in runs(
            lambda seed: replace(region(seed), history=()), given, replicates, SEED, SEVERITY * (name != NOTHING)
        ):
            counts, design = monthly(run.homicides), study.design(run)
            after = event_study.ratios(counts, design, study.dispersion(counts, design))
            ratios.append(np.log(np.maximum(after, SMALLEST_RATIO)))
            if name == ALL:
                told = (run.captures, *study.given(run))
                first = int(run.captures["month"].to_numpy().min())
                quiet = (run.captures.assign(month=first // 2), *told[1:])  # dates are redrawn in any case
                for seed, each in enumerate(counts):
                    before.append(event_study.placebo(each[:first], *quiet, draws=PLACEBOS, seed=seed))
                    throughout.append(event_study.placebo(each, *told, draws=PLACEBOS, seed=seed))
        label = pd.DataFrame(event_study.labels())
        logarithms = np.concatenate(ratios)
        rows += [
            _mean(name, scope, window, values)
            for scope, window, values in zip(label.scope, label.window, logarithms.T, strict=True)
            if window != "later"
        ]
        if before:
            rows.append(_mean(name, "own, dates redrawn before the first capture", "0-6", np.log(before)))
            rows.append(_mean(name, "own, dates redrawn over the whole panel", "0-6", np.log(throughout)))
    return pd.DataFrame(rows)


def _mean(channel: str, scope: str, window: str, values: NDArray) -> dict:
    """Geometric mean; the interval is from the means of batches, whose replicates share the captures."""
    batches = np.array([np.nanmean(part) for part in np.array_split(values, max(len(values) // BATCH, 2))])
    mean = np.nanmean(batches)
    error = t.ppf(0.95, len(batches) - 1) * np.nanstd(batches, ddof=1) / np.sqrt(len(batches))
    row = dict(channels=channel, scope=scope, window=window, ratio=np.exp(mean))
    return row | dict(low=np.exp(mean - error), high=np.exp(mean + error))


def after_truce(mirror: str | None, params: Params, replicates: int, breadth: int) -> NDArray:
    """Rate ratio during 22 months of a truce of the largest groups that does not break, by the study's regression.

    The country had a level of homicides and no trend: levels are the mechanism's.
    """
    atlas = replace(mexico(None, mirror), history=())
    first, end = TRUCE
    truces = dict(start=first, duration=end - first, breadth=max(breadth, 1), breakdown=0)
    strategy = (contagion.load_intervention("truce", **truces),) if breadth else ()
    results = contagion.simulate(
        atlas, {"truce": strategy}, params=params, anchor="none", weeks=end + YEAR, replicates=replicates, seed=SEED
    )
    exposure = results["weeks"].to_numpy().astype(float)
    start, stop = np.searchsorted(np.cumsum(exposure), TRUCE, side="right")  # first whole months
    series = results["homicides_total"].isel(strategy=0).to_numpy()
    return np.array([truce.truce(each, start, stop, exposure)["irr"].iloc[0] for each in series])


def by_share(truces: Mapping[str, tuple[NDArray, NDArray]]) -> pd.DataFrame:
    """Rate ratio of the truce and its placebo, by the share of homicides that is between groups."""
    rows = []
    for share, (ratios, placebo) in truces.items():
        low, ratio, high = np.nanquantile(ratios, [0.05, 0.5, 0.95])
        rows.append(dict(share=share, ratio=ratio, low=low, high=high, placebo=np.nanmedian(placebo)))
    return pd.DataFrame(rows)


def since_2006(mirror: str | None, params: Params, replicates: int, real: bool = True) -> dict[str, NDArray]:
    """Major groups at the end of 2012, and the displaced at the end of 2020, by target [replicate].

    Runs from 2007 on, anchored to the record, with dated events; the placebo if not `real` has none and no channels.
    Major is a group with at least the members of the sixth largest of the start.
    """
    atlas = contagion.load_region("mexico", start=STATE, groups=SLOTS_SINCE, history=real, mirror=mirror)
    results = contagion.simulate(
        atlas,
        {"recorded": ()},
        params=params if real else changed(params, replicates, OFF),
        anchor="record",
        weeks=WEEKS_SINCE,
        replicates=replicates,
        seed=SEED,
    ).isel(strategy=0)
    least = np.sort(np.asarray(atlas.region.members).sum(axis=1))[-MAJOR]
    members = results["members_of_group"].sel(time="2012-12").isel(time=0)
    displaced = results["displaced_total"].sel(time="2020-12").isel(time=0)
    return {"T60": (members >= least).sum("group").to_numpy(), "T61": displaced.to_numpy()}


def growth(mirror: str | None, params: Params, replicates: int) -> pd.DataFrame:
    """National homicides by year from the state of 2007: recorded, and the 90 % band of the simulated."""
    atlas = mexico(None, mirror)
    results = contagion.simulate(
        atlas, {"recorded": ()}, params=params, anchor="none", weeks=313, replicates=replicates, seed=SEED
    )
    yearly = results["homicides_total"].isel(strategy=0).groupby("time.year").sum("time")
    recorded = recorded_homicides(mirror).sum()
    rows = []
    for year in GROWTH:
        values = yearly.sel(year=year).to_numpy()
        low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
        counted = recorded[pd.PeriodIndex(recorded.index).year == year].sum()
        rows.append(dict(year=year, recorded=counted, simulated=middle, low=low, high=high))
    return pd.DataFrame(rows).assign(covered=lambda frame: frame.recorded.between(frame.low, frame.high))


def yearly_changes(changes: pd.DataFrame, mirror: str | None) -> pd.DataFrame:
    """Changes of log homicides from the year before: recorded, and by dated events with the 90 % band."""
    recorded = recorded_changes(mirror)
    low, middle, high = np.quantile(changes, [0.05, 0.5, 0.95], axis=0)
    years = [int(name.removeprefix("N-")) for name in changes]
    return pd.DataFrame(dict(year=years, recorded=recorded.loc[years].to_numpy(), by_events=middle, low=low, high=high))


def main(replicates: int, mirror: str | None) -> None:
    """All parts, one after the other."""

    def region(seed: int) -> contagion.Atlas:
        return earlier(mexico(seed, mirror))

    params = uncertain(replicates)
    study = Study(contiguity(in_kilometres(mexico(None, mirror).polygons))[0])
    there = changed(params, replicates, {"conflict_share": THERE})
    truces = {
        share: (after_truce(mirror, given, replicates, SLOTS), after_truce(mirror, given, replicates, 0))
        for share, given in {"as in Mexico": params, f"{THERE}, as there": there}.items()
    }
    ratio, placebo = truces["as in Mexico"]
    estimates = {
        **national(mirror),
        **mechanisms(study, region, params, replicates),
        "T40": after_operations(region, params, replicates, SEED),
        **since_2006(mirror, params, replicates),
        "T41": ratio,
        "T42": ratio,
    }
    nothing = {
        **mechanisms(study, region, params, replicates, real=False),
        **since_2006(mirror, params, replicates, real=False),
        "T40": np.zeros(1),
        "T41": placebo,
        "T42": placebo,
    }
    numbers = table.compare(estimates, nothing)
    changes = national_changes(lambda seed: mexico(seed, mirror), params, replicates, SEED)
    parts = {
        "table": numbers.reset_index(),
        "channels": channels(study, region, params, replicates),
        "growth": growth(mirror, params, replicates),
        "changes": yearly_changes(changes, mirror),
        "truce": by_share(truces),
    }
    with pd.option_context("display.width", 220, "display.max_columns", None, "display.max_rows", None):
        for name, part in parts.items():
            print(part.to_string(index=False, float_format="{:.4g}".format), end="\n\n")
            part.to_csv(HERE / f"{name}.csv", index=False, float_format="%.5g")
    print(table.summary(numbers))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else REPLICATES, sys.argv[2] if len(sys.argv) > 2 else None)
