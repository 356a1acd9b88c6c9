"""Direction of the effect of every option over all assumed numbers, compared with the literature.

    python -m experiments.directions [draws]

Draws the assumed parameters from the broad priors, runs every strategy of `claims.py` under the same draws without
noise, and writes next to this file `directions.csv`, a row per claim with the share of draws in which the model agrees
and its 90 % interval, and `ordinal.csv`, the costs of each approach to dealing with groups. Nothing is tuned: claims
that the model does not reproduce are kept, with their share.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from rich.progress import track

import contagion
from contagion.analysis.metrics import VISIBLE
from contagion.interventions._areas import corridor, remote
from contagion.kernel.region import Region
from contagion.parameters.presets import preset
from contagion.parameters.priors import OPTIONS
from experiments.claims import CLAIMS, DOWN, ORDINAL, SAME, UP, Claim, parts
from experiments.mechanisms import interval

HERE = Path(__file__).parent
WEEKS, START = 260, 26
REMOTE, WIDTH, ZONES = 0.1, 40.0, 57  # the areas of conf/intervention: share of places, km, places
SMALL = 0.01  # relative change that counts as no change
EXPECTED = {UP: "up", DOWN: "down", SAME: "same"}


@dataclass(frozen=True)
class Measure:
    """A quantity per draw of a strategy."""

    unit: str
    of: Callable[[xr.Dataset], xr.DataArray]


def over(variable: str, first: int = 0, last: int = WEEKS) -> Callable[[xr.Dataset], xr.DataArray]:
    """Sum of a flow over the periods that end in weeks `first` to `last` after the start."""

    def total(run: xr.Dataset) -> xr.DataArray:
        after = run["weeks"].cumsum("time") - START
        return run[variable].where((after > first) & (after <= last), 0).sum("time")

    return total


def after(variable: str, weeks: int) -> Callable[[xr.Dataset], xr.DataArray]:
    """Stock at the end of the last period that ends within `weeks` of the start."""
    return lambda run: run[variable].isel(time=int((run["weeks"].cumsum("time") - START <= weeks).sum()) - 1)


LAST = (WEEKS - START - 52, WEEKS)
REBOUND = (100, 121)  # a truce lasts 95 weeks; the month in which it ends is excluded
MEASURES = {
    "homicides": Measure("persons", over("homicides")),
    "homicides, first half-year": Measure("persons", over("homicides", 0, 26)),
    "homicides, first year": Measure("persons", over("homicides", 0, 52)),
    "homicides, half-year after a truce": Measure("persons", over("homicides", *REBOUND)),
    "homicides, last year": Measure("persons", over("homicides", *LAST)),
    "last year to first": Measure("1", lambda run: over("homicides", *LAST)(run) / over("homicides", 0, 52)(run)),
    "homicides in crop areas": Measure("persons", over("homicides_crops")),
    "homicides in the corridor, first year": Measure("persons", over("homicides_corridor", 0, 52)),
    "homicides in the most violent places": Measure("persons", over("homicides_violent")),
    "homicides in the most violent places, first year": Measure("persons", over("homicides_violent", 0, 52)),
    "homicides in other places, first year": Measure("persons", over("homicides_other", 0, 52)),
    "killed in conflict": Measure("persons", over("conflict_homicides")),
    "killed in clashes": Measure("persons", over("clash_homicides")),
    "killed in clashes, first year": Measure("persons", over("clash_homicides", 0, 52)),
    "recruits": Measure("persons", over("recruits")),
    "arrests": Measure("persons", over("incapacitated")),
    "arrests, first year": Measure("persons", over("incapacitated", 0, 52)),
    "convictions per arrest": Measure("1", lambda run: over("convicted")(run) / over("incapacitated")(run)),
    "left crime": Measure("persons", over("demobilised")),
    "members at the end": Measure("persons", after("members", WEEKS)),
    "operators at the end": Measure("persons", after("operators", WEEKS)),
    "splits": Measure("splits", over("splits")),
    "criminal control at the end": Measure("persons", after("controlled", WEEKS)),
    "displaced at the end": Measure("persons", after("displaced", WEEKS)),
    "extortion": Measure("weeks", over("extortion")),
    "complaints": Measure("complaints", over("abuses")),
    "trust after a year": Measure("1", after("trust", 52)),
    "trust at the end": Measure("1", after("trust", WEEKS)),
    "reporting at the end": Measure("1", after("reporting", WEEKS)),
    "people served": Measure("person-weeks", over("served")),
    "people not served": Measure("person-weeks", over("blocked")),
    "attacks": Measure("attacks", over("attacks")),
    "agreement": Measure("weeks", over("agreement")),
    "consumption": Measure("weeks of the start", over("consumption")),
    "weeks to a visible result": Measure("weeks", lambda run: visible(run)),
}


def study(
    atlas: contagion.Atlas, claims: Iterable[Claim], draws: int, weeks: int = WEEKS, seed: int = 0
) -> pd.DataFrame:
    """One row per claim: the share of draws in which it holds, and the median difference."""
    claims = tuple(claims)
    compared = ((claim.strategy or claim.option, claim.reference) for claim in claims)
    names = dict.fromkeys(chain(["baseline"], *compared))
    runs = {name: run(atlas, name, draws, weeks, seed) for name in track(names, "strategies")}
    for each in runs.values():
        each["homicides_of_baseline"] = runs["baseline"]["homicides"]
    return pd.DataFrame([row(claim, runs) for claim in claims])


def run(atlas: contagion.Atlas, strategy: str, draws: int, weeks: int, seed: int) -> xr.Dataset:
    """National series of one strategy, and homicides in areas, per draw: [replicate, time]."""
    options = {name: {"start": START, **numbers} for name, numbers in parts(strategy).items()}
    result = contagion.simulate(
        atlas,
        {strategy: tuple(contagion.load_intervention(name, **numbers) for name, numbers in options.items())},
        priors={name: prior for name, prior in preset("priors", "broad").items() if name != OPTIONS},
        weeks=weeks,
        replicates=draws,
        seed=seed,
        deterministic=True,
        full=True,
    ).isel(strategy=0)
    return national(result, areas(atlas.region))


def areas(region: Region) -> dict[str, np.ndarray]:
    """Default areas of options, as membership of each place."""
    violent = np.zeros(len(region.population), bool)
    violent[np.argsort(-np.asarray(region.homicides), kind="stable")[:ZONES]] = True
    found = remote(region, jnp.float32(REMOTE)), corridor(region, jnp.float32(WIDTH))
    crops, along = (np.asarray(area)[:, 0] > 0 for area in found)
    return {"crops": crops, "corridor": along, "violent": violent, "other": ~violent}


def national(result: xr.Dataset, inside: Mapping[str, np.ndarray]) -> xr.Dataset:
    """Totals over places and groups, and homicides in areas."""
    each = {str(name).removesuffix("_total"): values for name, values in result.items() if "replicate" in values.dims}
    series = {
        name: values.sum({*values.dims} & {"group"}) for name, values in each.items() if "place" not in values.dims
    }
    every = result["homicides_full"]
    local = {f"homicides_{name}": every.isel(place=place).sum("place") for name, place in inside.items()}
    return xr.Dataset({**series, **local}, coords={"weeks": result["weeks"]}).drop_vars("strategy")


def visible(run: xr.Dataset) -> xr.DataArray:
    """Weeks from the start to the end of the first quarter with visibly fewer homicides, or of the run if none."""
    quarters = run[["homicides", "homicides_of_baseline", "weeks"]].coarsen(time=3, boundary="trim").sum()
    ends = run["weeks"].cumsum("time")[2::3].to_numpy()[: quarters.sizes["time"]] - START
    seen = (quarters["homicides"] < (1 - VISIBLE) * quarters["homicides_of_baseline"]) & (ends > 0)
    return xr.where(seen, ends, float(run["weeks"].sum()) - START).min("time")


def row(claim: Claim, runs: Mapping[str, xr.Dataset]) -> dict:
    """Result row of a claim."""
    strategy, measure = claim.strategy or claim.option, MEASURES[claim.measure]
    there, reference = (measure.of(runs[name]).to_numpy() for name in (strategy, claim.reference))
    agrees = holds(there, reference, claim.sign)
    low, high = interval(int(agrees.sum()), len(agrees))
    return dict(
        option=claim.option,
        claim=claim.says,
        source=claim.source,
        disputed="disputed" if claim.disputed else "",
        strategy=strategy,
        reference=claim.reference,
        measure=claim.measure,
        expected=EXPECTED[claim.sign],
        share=agrees.mean(),
        low=low,
        high=high,
        median_difference=np.median(there - reference),
        unit=measure.unit,
        median_percent=100 * np.median(there / reference - 1) if reference.all() else np.nan,
    )


def holds(there: np.ndarray, reference: np.ndarray, sign: int) -> np.ndarray:
    """Whether the difference has the given sign or, for SAME, is within one per cent of the reference."""
    difference = there - reference
    return np.abs(difference) <= SMALL * np.abs(reference) if sign == SAME else sign * difference > 0


if __name__ == "__main__":
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 64
    table = study(contagion.load_region("schematic"), (*CLAIMS, *ORDINAL), draws)
    for name, part in (("directions", table.iloc[: len(CLAIMS)]), ("ordinal", table.iloc[len(CLAIMS) :])):
        part.to_csv(HERE / f"{name}.csv", index=False, float_format="%.4g")
        print(part.filter(["option", "claim", "share", "low", "high", "median_percent"]).to_string(index=False))
