"""Directions of effects that follow from the mechanisms for all assumed numbers.

    python experiments/mechanisms.py [draws]

Draws the assumed parameters from the broad priors, runs every strategy under the same draws without noise, and
prints for each claim of the literature the share of draws in which the model agrees, with a 90 % interval of the share,
and the share in the thirds of draws with the lowest to highest `command_effect`. Numbers of options are drawn as well,
but those that a claim names.
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
WEEKS = {  # length of the runs: groups for five and for ten years after a sweep
    "targeting": SWEEP + 260,
    "decade": SWEEP + 520,
    "presence": WITHDRAWAL + 78,
    "capital": FIRST + 26,
    "handover": 364,
}
COVERAGES, OVER_A_DECADE = (0.2, 0.4, 0.6, 0.8, 0.95), (0.2, 0.8, 0.95)
WORDS, THIRDS = {3: "three", 5: "five", 10: "ten"}, ("low", "middle", "high")
KNOWN = dict(start=FIRST, intelligence_weeks=SWEEP - FIRST, breadth=8, leak=0.0, cold=0.0)  # nothing is lost
CHOSEN = {"middle_layer": ("coverage", "leak", "cold")}  # numbers that a claim names, which are not drawn


def targeting() -> dict:
    """Strategies against groups, starting in week 52."""
    load = contagion.load_intervention
    return {
        "baseline": (),
        "kingpin": (load("kingpin", start=FIRST),),
        "one capture": (load("kingpin", start=SWEEP, every=5200, breadth=1),),
        "one sweep": (load("middle_layer", **KNOWN | dict(breadth=1), coverage=0.8),),
        **sweeps(COVERAGES),
    }


def sweeps(coverages: tuple[float, ...]) -> dict:
    """Sweeps of all groups at once, in week 104."""
    load = contagion.load_intervention
    return {f"sweep {coverage:.0%}": (load("middle_layer", **KNOWN, coverage=coverage),) for coverage in coverages}


def decade() -> dict:
    """Some of these sweeps over ten years."""
    return {"baseline": (), **sweeps(OVER_A_DECADE)}


def presence() -> dict:
    """One ring around five centres, secured from week 52; the military leave in week 132, with or without handover.

    The handover follows a fixed schedule: the question is what happens after its completion, not whether it completes.
    """
    load = contagion.load_intervention
    schedule = dict(
        start=FIRST, rings=1, ring_km=150.0, threshold=10.0, relapse=10.0, dwell_weeks=26, capability_needed=0.0,
        pullback_weeks=0, wait_for_troops=0.0,
    )  # fmt: skip
    stay = load("barracks", share=0.0)  # which changes nothing, so that one program serves both
    alone = dict(overlap_weeks=5200, police_per_1000=0.0, capability_growth=0.0)
    bought = load("pact", start=FIRST, tolerance=0.0, calm=0.0, impunity=0.0, corruption=0.05)
    return {
        "baseline": (),
        "handover": (load("concentric_handover", **schedule, overlap_weeks=52), stay),
        "withdrawal": (load("concentric_handover", **schedule, **alone), load("barracks", start=WITHDRAWAL)),
        "captured": (load("concentric_handover", **schedule, overlap_weeks=52), bought),
    }


def capital() -> dict:
    """One leader captured in the most populous municipality."""
    return {
        "baseline": (),
        "capture": (contagion.load_intervention("kingpin", start=FIRST, every=5200, place="capital"),),
    }


def handovers() -> dict:
    """Handovers as they come by default, with a plan for each centre or for all, with or without police who stay.

    Leaders are struck everywhere in the third year, so that many parts relapse.
    """
    load = contagion.load_intervention
    shock = load("kingpin", start=182, every=2, breadth=8)
    numbers = dict(relapse=1.05, threshold=1.05)
    return {
        "baseline": (),
        "plan for each": (load("concentric_handover", **numbers),),
        "plan for all": (load("concentric_handover", **numbers, plan="all"),),
        "police stay": (load("concentric_handover", **numbers), shock),
        "police leave": (load("concentric_handover", **numbers, keep_police=0.0), shock),
    }


TOPICS = {"targeting": targeting, "decade": decade, "presence": presence, "capital": capital, "handover": handovers}


def study(atlas: contagion.Atlas, draws: int, seed: int = 0) -> pd.DataFrame:
    """One row per claim: the share of draws in which it holds, also by thirds of kappa, and its median size."""
    about = dict(
        targeting=about_groups,
        decade=about_a_decade,
        presence=about_places,
        capital=about_the_capital,
        handover=about_handovers,
    )
    table = []
    for topic, strategies in TOPICS.items():
        results = run(atlas, strategies(), WEEKS[topic], draws, seed)
        kappa = results["drawn"].sel(parameter="command_effect").to_numpy()
        third = np.searchsorted(np.quantile(kappa, [1 / 3, 2 / 3]), kappa)
        for claim, holds, size in about[topic](results):
            low, high = interval(int(holds.sum()), len(holds))
            row = dict(claim=claim, share=holds.mean(), low=low, high=high, median_change_percent=100 * np.median(size))
            if len(holds) == draws:  # else the claim is about some of the draws
                row |= {f"kappa_{word}": holds[third == number].mean() for number, word in enumerate(THIRDS)}
            table.append(row | dict(draws=len(holds)))
    return pd.DataFrame(table)


def run(atlas: contagion.Atlas, strategies: dict, weeks: int, draws: int, seed: int) -> xr.Dataset:
    """All strategies under the same draws, without noise."""
    priors = preset("priors", "broad")
    chosen = {name: dict(numbers) for name, numbers in priors.get("options", {}).items()}
    for name, numbers in CHOSEN.items():
        chosen[name] = {key: prior for key, prior in chosen.get(name, {}).items() if key not in numbers}
    return contagion.simulate(
        atlas,
        strategies,
        priors=priors | dict(options=chosen),
        weeks=weeks,
        replicates=draws,
        seed=seed,
        deterministic=True,
        full="captured" in strategies,
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
    years = [change(homicides, "kingpin", first, first + 52) for first in range(FIRST, SWEEP + 209, 52)]
    after = {(coverage, years): after_a_sweep(results, coverage, years) for years in (3, 5) for coverage in COVERAGES}
    fought = results["conflict_homicides_total"]
    capture, sweep = (change(fought, name, SWEEP, SWEEP + 104) for name in ("one capture", "one sweep"))
    moved = (results["absorbed"].sum("group") + 100 * results["entries"].sum("group")).sum("time")
    more = (moved.sel(strategy="one sweep") > moved.sel(strategy="one capture")).to_numpy()
    return [
        ("before the first action all strategies are identical", same, np.zeros_like(same, float)),
        ("kingpin: homicides rise in the first year", years[0] > 0, years[0]),
        ("kingpin: homicides stay above the baseline in each of six years", np.min(years, axis=0) > 0, years[-1]),
        *(about_a_sweep(size, coverage, years) for (coverage, years), size in after.items()),
        (
            "middle layer: coverage of 95 % does better than of 20 %",
            after[0.95, 5] < after[0.2, 5],
            after[0.95, 5] - after[0.2, 5],
        ),
        ("a takeover after a sweep is less violent than after a capture", sweep < capture, sweep - capture),
        ("more members and places change hands after a sweep than after a capture", more, more.astype(float)),
    ]


def after_a_sweep(results: xr.Dataset, coverage: float, years: int) -> np.ndarray:
    """Change in homicides over so many years after a sweep."""
    return change(results["homicides_total"], f"sweep {coverage:.0%}", SWEEP, SWEEP + 52 * years)


def about_a_sweep(size: np.ndarray, coverage: float, years: int) -> tuple[str, np.ndarray, np.ndarray]:
    """That homicides fall after it."""
    return f"middle layer, coverage {coverage:.0%}: homicides fall over {WORDS[years]} years", size < 0, size


def about_a_decade(results: xr.Dataset) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Claims about sweeps over ten years."""
    return [about_a_sweep(after_a_sweep(results, coverage, 10), coverage, 10) for coverage in OVER_A_DECADE]


def about_places(results: xr.Dataset) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Claims about presence, on homicides in secured places."""
    month = int(np.searchsorted(results["weeks"].cumsum("time"), WITHDRAWAL - 26))
    military = results["military"].sel(statistic="mean", drop=True).isel(time=month, drop=True)
    secured = military.sel(strategy="handover", drop=True) > 1.5 * military.sel(strategy="baseline", drop=True)
    homicides = results["homicides_full"].where(secured, 0).sum("place")
    before, later = (WITHDRAWAL - 26, WITHDRAWAL), (WITHDRAWAL + 26, WEEKS["presence"])
    gained, kept = (-change(homicides, "withdrawal", *window) for window in (before, later))
    gained_with_police, held = (-change(homicides, "handover", *window) for window in (before, later))
    gained_with_bought, bought = (-change(homicides, "captured", *window) for window in (before, later))
    relapses, holds = kept < gained, held >= gained_with_police
    return [
        ("securing: homicides there fall while the military are there", gained > 0, -gained),
        ("withdrawal: the fall shrinks within a year and a half", relapses, gained - kept),
        ("withdrawal: more than half of the fall is lost by then", kept < gained / 2, gained - kept),
        ("completed handover: the fall does not shrink", holds, gained_with_police - held),
        ("withdrawal relapses where a completed handover does not", relapses & holds, kept - held),
        ("a completed handover holds more than an abrupt withdrawal", held > kept, kept - held),
        ("a handover whose police are captured relapses", bought < gained_with_bought, gained_with_bought - bought),
        ("a handover whose police are captured holds less", bought < held, held - bought),
    ]


def about_the_capital(results: xr.Dataset) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Claims about the municipality where a leader is captured."""
    there = results["homicides_run_total"].isel(place=int(results["population"].argmax("place")))
    more = (there.sel(strategy="capture") / there.sel(strategy="baseline") - 1).to_numpy()
    return [("captures raise homicides where they happen, within half a year", more > 0, more)]


def about_handovers(results: xr.Dataset) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Claims about plans, on homicides of the last year, residents held by police and weeks under the military."""
    weeks = WEEKS["handover"]
    each, whole = (
        change(results["homicides_total"], name, weeks - 52, weeks) for name in ("plan for each", "plan for all")
    )
    held = results["held_total"].isel(time=-1)
    more = held.sel(strategy="plan for each") - held.sel(strategy="plan for all")
    relapsed = (results["relapses"].sum("time") > 0).sel(strategy=["police stay", "police leave"]).all("strategy")
    secured = results["secured_total"].where(results["weeks"].cumsum("time") > 182, 0).sum("time")
    shorter = (secured.sel(strategy="police stay") - secured.sel(strategy="police leave"))[relapsed].to_numpy()
    return [
        ("a plan for each area: fewer homicides than one plan for all", each < whole, each - whole),
        ("a plan for each area: more residents are held by police", (more > 0).to_numpy(), more.to_numpy()),
        ("police who stay after a relapse shorten the next securing", shorter < 0, shorter),
    ]


def interval(holds: int, draws: int) -> tuple[float, float]:
    """90 % interval of a share under Jeffreys' prior."""
    low, high = beta.ppf([0.05, 0.95], holds + 0.5, draws - holds + 0.5)
    return float(low), float(high)


if __name__ == "__main__":
    table = study(contagion.load_region("schematic"), int(sys.argv[1]) if len(sys.argv) > 1 else 256)
    print(table.to_string(index=False, float_format="{:.3f}".format))
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, float_format="%.4f")
