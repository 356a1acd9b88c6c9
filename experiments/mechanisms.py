"""Directions of effects that follow from the mechanisms for all assumed numbers.

    python experiments/mechanisms.py [draws]

Draws the assumed parameters from the broad priors, runs every strategy under the same draws without noise, and
prints for each claim of the literature the share of draws in which the model agrees, with a 90 % interval of the share.
Nothing is tuned: a share near one half means that the claim depends on unmeasured numbers.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import beta

import contagion
from contagion.parameters.presets import preset

FIRST, SWEEP, WITHDRAWAL = 52, 104, 132
WEEKS = {"targeting": 364, "presence": WITHDRAWAL + 78}  # length of the runs
COVERAGES = (0.1, 0.2, 0.4, 0.6, 0.8, 0.95)


def targeting() -> dict:
    """Strategies against groups, starting in week 52."""
    load = contagion.load_intervention
    sweep = dict(start=FIRST, intelligence_weeks=SWEEP - FIRST, breadth=8, leak=0.0, cold=0.0)
    return {
        "baseline": (),
        "kingpin": (load("kingpin", start=FIRST),),
        **{f"sweep {coverage:.0%}": (load("middle_layer", **sweep, coverage=coverage),) for coverage in COVERAGES},
    }


def presence() -> dict:
    """One ring around five centres, secured from week 52; the military leave in week 132, with or without handover.

    The handover follows a fixed schedule: the question is what happens after its completion, not whether it completes.
    """
    load = contagion.load_intervention
    schedule = dict(
        start=FIRST, rings=1, ring_km=150.0, threshold=10.0, relapse=10.0, dwell_weeks=26, capability_needed=0.0
    )
    stay = load("barracks", share=0.0)  # which changes nothing, so that one program serves both
    alone = dict(overlap_weeks=5200, police_per_1000=0.0, capability_growth=0.0)
    return {
        "baseline": (),
        "handover": (load("concentric_handover", **schedule, overlap_weeks=52), stay),
        "withdrawal": (load("concentric_handover", **schedule, **alone), load("barracks", start=WITHDRAWAL)),
    }


def study(atlas: contagion.Atlas, draws: int, seed: int = 0) -> pd.DataFrame:
    """One row per claim: the share of draws in which it holds, and the median size of the effect."""
    of_groups = run(atlas, targeting(), WEEKS["targeting"], draws, seed)
    of_places = run(atlas, presence(), WEEKS["presence"], draws, seed)
    rows = [*about_groups(of_groups), *about_places(of_places)]
    table = []
    for claim, holds, size in rows:
        low, high = interval(int(holds.sum()), draws)
        median = 100 * np.median(size)
        table.append(dict(claim=claim, share=holds.mean(), low=low, high=high, median_change_percent=median))
    return pd.DataFrame(table)


def run(atlas: contagion.Atlas, strategies: dict, weeks: int, draws: int, seed: int) -> xr.Dataset:
    """All strategies under the same draws, without noise."""
    return contagion.simulate(
        atlas,
        strategies,
        priors=preset("priors", "broad"),
        weeks=weeks,
        replicates=draws,
        seed=seed,
        deterministic=True,
        full="handover" in strategies,
        progress=True,
    )


def change(series: xr.DataArray, strategy: str, first: int, last: int) -> np.ndarray:
    """Relative change from the baseline of a sum over weeks `first` to `last`, per draw."""
    end = series["weeks"].cumsum("time")
    window = series.where((end > first) & (end <= last), 0).sum("time")
    return (window.sel(strategy=strategy) / window.sel(strategy="baseline") - 1).to_numpy()


def about_groups(results: xr.Dataset) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Claims about targeting, on homicides of the whole country."""
    homicides = results["homicides_total"]
    early = homicides.where(results["weeks"].cumsum("time") <= FIRST, drop=True)
    same = (early == early.sel(strategy="baseline")).all(("time", "strategy")).to_numpy()
    years = [change(homicides, "kingpin", first, first + 52) for first in range(FIRST, WEEKS["targeting"] - 51, 52)]
    after = {coverage: change(homicides, f"sweep {coverage:.0%}", SWEEP, WEEKS["targeting"]) for coverage in COVERAGES}
    return [
        ("before the first action all strategies are identical", same, np.zeros_like(same, float)),
        ("kingpin: homicides rise in the first year", years[0] > 0, years[0]),
        ("kingpin: homicides stay above the baseline in each of six years", np.min(years, axis=0) > 0, years[-1]),
        *(
            (f"middle layer, coverage {coverage:.0%}: homicides fall over five years", size < 0, size)
            for coverage, size in after.items()
        ),
        ("middle layer: coverage of 95 % does better than of 20 %", after[0.95] < after[0.2], after[0.95] - after[0.2]),
    ]


def about_places(results: xr.Dataset) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Claims about presence, on homicides in secured places."""
    month = int(np.searchsorted(results["weeks"].cumsum("time"), WITHDRAWAL - 26))
    military = results["military"].sel(statistic="mean", drop=True).isel(time=month, drop=True)
    secured = military.sel(strategy="handover", drop=True) > 1.5 * military.sel(strategy="baseline", drop=True)
    homicides = results["homicides_full"].where(secured, 0).sum("place")
    before, later = (WITHDRAWAL - 26, WITHDRAWAL), (WITHDRAWAL + 26, WEEKS["presence"])
    gained, kept = (-change(homicides, "withdrawal", *window) for window in (before, later))
    gained_with_police, held = (-change(homicides, "handover", *window) for window in (before, later))
    relapses, holds = kept < gained, held >= gained_with_police
    return [
        ("securing: homicides there fall while the military are there", gained > 0, -gained),
        ("withdrawal: the fall shrinks within a year and a half", relapses, gained - kept),
        ("withdrawal: more than half of the fall is lost by then", kept < gained / 2, gained - kept),
        ("completed handover: the fall does not shrink", holds, gained_with_police - held),
        ("withdrawal relapses where a completed handover does not", relapses & holds, kept - held),
        ("a completed handover holds more than an abrupt withdrawal", held > kept, kept - held),
    ]


def interval(holds: int, draws: int) -> tuple[float, float]:
    """90 % interval of a share under Jeffreys' prior."""
    low, high = beta.ppf([0.05, 0.95], holds + 0.5, draws - holds + 0.5)
    return float(low), float(high)


if __name__ == "__main__":
    table = study(contagion.load_region("schematic"), int(sys.argv[1]) if len(sys.argv) > 1 else 256)
    print(table.to_string(index=False, float_format="{:.3f}".format))
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, float_format="%.4f")
