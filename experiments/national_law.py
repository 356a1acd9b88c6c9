"""The national system of Prieto-Curiel, Campedelli and Hope (Science 2023): simulated, solved, and as published.

    python experiments/national_law.py

Runs what `contagion experiment=national_law` runs, solves the published equations by group with another integrator, and
tabulates both with the published numbers. The paper does not state which dates its changes by 2027 compare: they are
taken from the start of 2022 to the start of 2027, the dates of the published levels, and tabulated by all natural
conventions. Recruits are rho times members, as in the equations. All rates are the posted ones and nothing is tuned, so
the remaining differences are those between posted rates and published numbers, most of all recruits: 430 a week in 2021
against 350 to 370, which is what they are less those who leave by saturation.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

import contagion

RHO, ETA, THETA, OMEGA = 2.527474e-3, 110.0, 1.549231e-8, 4e-8  # posted rates, per week
WEEKS, START, CHANGE = 835, "2012-01-01", 522  # scenarios begin with the first week of 2022
FLOWS = ("recruits", "incapacitated", "killed", "dropouts")
CONVENTION = "start of 2022 to start of 2027"  # of changes by 2027
LARGE = 0.01  # smallest share of all members of a large group

# Factors of recruitment and of incapacitation from 2022 on.
SCENARIOS = {"baseline": (1.0, 1.0), "doubled_incapacitation": (1.0, 2.0), "halved_recruitment": (0.5, 1.0)}
# Published numbers by their ids; the change of members with incapacitation doubled is not published.
TARGETS = pd.read_csv(Path(__file__).parent / "published_numbers" / "targets.csv", comment="#", index_col="id")
CHANGES = {
    "T09": ("baseline", "members"),
    "T08": ("baseline", "killed"),
    "": ("doubled_incapacitation", "members"),
    "T10": ("doubled_incapacitation", "killed"),
    "T12": ("halved_recruitment", "members"),
    "T11": ("halved_recruitment", "killed"),
}


@dataclass(frozen=True)
class Course:
    """Time series of one scenario."""

    members: NDArray  # [group, week + 1], persons at the start and at the end of each week
    flows: dict[str, NDArray]  # each [group, week], persons

    def mean(self, what: str, weeks: NDArray) -> float:
        """Mean over weeks: of members at the beginning of each week, or of a weekly flow."""
        values = self.members if what == "members" else self.flows[what]
        return float(values[:, weeks].sum(axis=0).mean())


def strategies() -> dict[str, tuple]:
    """The scenarios as interventions."""
    load = contagion.load_intervention
    return {
        "baseline": (),
        "doubled_incapacitation": (load("incapacitation_increase", start=CHANGE, share=1.0),),
        "halved_recruitment": (load("recruitment_reduction", start=CHANGE, share=0.5),),
    }


def simulated(atlas: contagion.Atlas) -> dict[str, Course]:
    """Simulate the model with one place and only the mechanisms of the law."""
    results = contagion.simulate(
        atlas,
        strategies(),
        params=contagion.load_params("national_law"),
        weeks=WEEKS,
        replicates=1,
        deterministic=True,
        record="week",
    )
    start = np.asarray(atlas.region.members, float)

    def by_week(name: str, strategy: str) -> NDArray:
        values: xr.DataArray = results[name].sel(strategy=strategy).isel(replicate=0)
        return values.transpose("group", "time").to_numpy().astype(float)

    return {
        name: Course(
            np.concatenate([start, by_week("members_of_group", name)], axis=1),
            {flow: by_week(flow, name) for flow in FLOWS},
        )
        for name in SCENARIOS
    }


def solved(atlas: contagion.Atlas) -> dict[str, Course]:
    """dC_i/dt = C_i (rho - eta / sum C - theta sum_j K_ij C_j - omega C_i), by an adaptive integrator in float64."""
    hostility = np.asarray(atlas.region.hostility, float)

    def solve(members: NDArray, first: int, last: int, rho: float, eta: float) -> Course:
        def law(_, c):
            return c * (rho - eta / c.sum() - THETA * (hostility @ c) - OMEGA * c)

        c = solve_ivp(law, (first, last), members, t_eval=np.arange(first, last + 1), rtol=1e-9, atol=1e-6).y
        rates = {
            "recruits": rho * c,
            "incapacitated": eta * c / c.sum(axis=0),
            "killed": THETA * c * (hostility @ c),
            "dropouts": OMEGA * c**2,
        }
        return Course(c, {name: (rate[:, :-1] + rate[:, 1:]) / 2 for name, rate in rates.items()})

    before = solve(np.asarray(atlas.region.members[:, 0], float), 0, CHANGE, RHO, ETA)
    courses = {}
    for name, (recruitment, incapacitation) in SCENARIOS.items():
        after = solve(before.members[:, -1], CHANGE, WEEKS, recruitment * RHO, incapacitation * ETA)
        courses[name] = Course(
            np.concatenate([before.members, after.members[:, 1:]], axis=1),
            {flow: np.concatenate([before.flows[flow], after.flows[flow]], axis=1) for flow in FLOWS},
        )
    return courses


def years() -> dict[int, NDArray]:
    """Weeks by year; a week belongs to the year of its middle day."""
    middles = np.datetime64(START) + 7 * np.arange(WEEKS) + 3
    year = middles.astype("datetime64[Y]").astype(int) + 1970
    return {int(each): np.flatnonzero(year == each) for each in np.unique(year)}


def agreement(ours: dict[str, Course], theirs: dict[str, Course]) -> pd.DataFrame:
    """Largest relative difference in any year, for the nation and for large groups, by scenario and quantity."""
    rows = []
    for scenario, mine in ours.items():
        for what in ("members", *FLOWS):
            nation, group = [], []
            for window in years().values():
                if what == "members":
                    a, b = (course.members[:, window + 1].mean(axis=1) for course in (mine, theirs[scenario]))
                else:
                    a, b = (course.flows[what][:, window].sum(axis=1) for course in (mine, theirs[scenario]))
                large = theirs[scenario].members[:, window].mean(axis=1)
                large = large > LARGE * large.sum()
                nation.append(abs(a.sum() / b.sum() - 1))
                group.append(np.abs(a[large] / b[large] - 1).max())
            rows.append(dict(scenario=scenario, quantity=what, nation=max(nation), large_group=max(group)))
    return pd.DataFrame(rows)


def levels(ours: Course, theirs: Course) -> pd.DataFrame:
    """Levels of the baseline; `difference` is relative to the published ones."""
    year = years()
    first = {each: weeks[:1] for each, weeks in year.items()}
    length = len(year[2021])
    table = [
        ("T01", "members, start of 2012", "members", first[2012], 1, ""),
        ("T02", "members, start of 2022", "members", first[2022], 1, ""),
        ("", "members, start of 2027", "members", first[2027], 1, "not published"),
        ("T03", "conflict deaths a week, start of 2022", "killed", first[2022], 1, ""),
        ("T04", "conflict deaths a week, start of 2027", "killed", first[2027], 1, ""),
        (
            "T05",
            "recruits in 2021",
            "recruits",
            year[2021],
            length,
            "posted rates disagree: 430 a week, not 350 to 370",
        ),
        ("T06", "conflict deaths in 2021", "killed", year[2021], length, ""),
        ("T07", "incapacitated in 2021", "incapacitated", year[2021], length, ""),
    ]
    rows = []
    for identifier, statistic, what, weeks, times, remark in table:
        a, b = times * ours.mean(what, weeks), times * theirs.mean(what, weeks)
        rows.append(_row(identifier, "baseline", statistic, a, b, remark))
    rows = pd.DataFrame(rows)
    return rows.assign(difference=rows["simulated"] / rows["published"] - 1)


def conventions() -> dict[str, tuple[NDArray, NDArray]]:
    """Possible weeks before and after for a change from 2022 to 2027, by convention."""
    year = years()
    start = {each: weeks[:1] for each, weeks in year.items()}
    return {
        CONVENTION: (start[2022], start[2027]),
        "start of 2022 to the mean of 2027": (start[2022], year[2027]),
        "start of 2022 to end of 2027": (start[2022], year[2027][-1:]),
        "year 2022 to year 2027": (year[2022], year[2027]),
        "year 2021 to year 2026": (year[2021], year[2026]),
        "year 2021 to year 2027": (year[2021], year[2027]),
        "five years to 2021 to five years to 2026": (
            np.concatenate([year[each] for each in range(2017, 2022)]),
            np.concatenate([year[each] for each in range(2022, 2027)]),
        ),
    }


def changes(ours: dict[str, Course], theirs: dict[str, Course]) -> pd.DataFrame:
    """Relative changes of members and casualties by convention and scenario; `difference` on the same scale."""
    rows = []
    for convention, (before, after) in conventions().items():
        for identifier, (scenario, what) in CHANGES.items():
            mine, exact = (
                course[scenario].mean(what, after) / course[scenario].mean(what, before) - 1
                for course in (ours, theirs)
            )
            name = "change of members" if what == "members" else "change of casualties"
            rows.append(_row(identifier, scenario, name, mine, exact, convention))
    rows = pd.DataFrame(rows)
    return rows.assign(difference=rows["simulated"] - rows["published"])


def _row(identifier: str, scenario: str, statistic: str, simulated: float, solved: float, remark: str) -> dict:
    published = TARGETS.loc[identifier, ["value", "low", "high"]] if identifier else [np.nan] * 3
    return dict(
        id=identifier,
        scenario=scenario,
        statistic=statistic,
        ode=solved,
        simulated=simulated,
        simulated_to_ode=simulated / solved - 1,
        **dict(zip(("published", "low", "high"), published, strict=True)),
        remark=remark,
    )


if __name__ == "__main__":
    atlas = contagion.load_region("national")
    ours, theirs = simulated(atlas), solved(atlas)
    reached, moved = levels(ours["baseline"], theirs["baseline"]), changes(ours, theirs)
    taken = moved[moved["remark"] == CONVENTION]
    with pd.option_context("display.width", 200, "display.max_columns", None, "display.float_format", "{:.4g}".format):
        print("Levels; differences are relative to the published number", reached, sep="\n")
        print(f"\nChanges from {CONVENTION}", taken, sep="\n")
        print("\nChanges under every convention (simulated)")
        print(moved.pivot_table("simulated", "remark", ["scenario", "statistic"], sort=False))
        print("\nLargest relative difference between simulated and solved in any year, 2012 to 2027")
        print(agreement(ours, theirs))
    moved["remark"] += np.where(moved["remark"] == CONVENTION, " (taken)", "")
    pd.concat([reached, moved]).to_csv(Path(__file__).with_suffix(".csv"), index=False, float_format="%.6g")
