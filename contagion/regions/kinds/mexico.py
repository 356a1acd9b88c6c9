"""Municipalities of Mexico with recorded homicides, population, and groups from reported events."""

from datetime import date

import geopandas as gpd
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import scipy.sparse as sparse
from numpy.typing import NDArray
from pydantic import Field

from contagion._util.resources import folder
from contagion.errors import InputError
from contagion.interventions.historical import RecordedOperations, RecordedRemovals
from contagion.kernel.intervention import Intervention
from contagion.kernel.units import WEEKS_OF_YEAR
from contagion.regions import territories
from contagion.regions.input import Places, SharedOptions
from contagion.regions.kinds import mexico_records as records
from contagion.regions.kinds.mexico_removals import removals
from contagion.regions.neighbours import contiguity
from contagion.regions.polygons import in_kilometres
from contagion.regions.sources import catalogue, hashed

OTHER = "Other groups"  # slot shared by all groups without their own slot
_HISTORY_NOTE = (
    "Removals of leaders 2008-2016 and operations 2006-2009 happen on their dates under every strategy; the size of "
    "operations and what a removal takes from a group are assumed.",
)
TABLES = ("strategic", "areas", "relations", "removals", "operations")  # hand-coded
EVENT_MONTHS = 228  # of reported events, January 2000 to December 2018


class Options(SharedOptions):
    """Options of the Mexico region."""

    start: date = Field(
        strict=False, ge=date(2000, 1, 1), le=date(2022, 1, 1), description="date of the start, YYYY-MM-DD"
    )
    members: float = Field(ge=0, le=1e8, description="rank and file of all groups at the start, persons")
    presence_years: int = Field(ge=1, le=19, description="years before the start whose events place the groups")
    event_power: float = Field(
        ge=0, le=1, description="members in a place are proportional to its events to this power"
    )
    presence_spread: float = Field(ge=0, le=1, description="share of members in places next to reported ones")
    history: bool = Field(description="whether dated removals of leaders and operations happen under every strategy")
    removal_severity: float = Field(ge=0, le=1, description="share of leadership removed with a leader")
    lieutenant_severity: float = Field(ge=0, le=1, description="share of leadership removed with a lieutenant")
    operation_personnel: float = Field(ge=0, le=1e6, description="military of an operation, persons")
    operation_weeks: int = Field(ge=0, le=5200, description="length of an operation, weeks")
    mirror: str | None = Field(description="folder that holds the raw files, instead of the network")


def build(options: Options) -> Places:
    """Build the 2,469 municipalities of the 2020 census as of the start date."""
    polygons, repairs = records.municipalities(options.mirror)
    codes = polygons.index
    residents = records.population(options.mirror)[str(options.start.year)].reindex(codes).to_numpy(dtype=float)
    monthly = records.homicides(options.mirror).reindex(codes)
    recorded, months = _year_before(monthly, options.start)
    touching = contiguity(in_kilometres(polygons))[0]
    members, names, window = _members(records.events(options.mirror), codes, touching, options)
    strategic = _table("strategic.csv", {"code": str})
    areas = _table("areas.csv", {"code": str}).groupby("area").code
    states = polygons.state.to_numpy()
    polygons["population"] = residents
    polygons["homicides"] = smoothed(recorded.to_numpy(dtype=float), residents, states) / WEEKS_OF_YEAR
    polygons["strategic"] = codes.isin(strategic.code).astype(float)
    unrecorded = ", ".join(codes[recorded.isna()])
    published = "published for 2012" if options.start.year == 2012 else "assumed for this start: published for 2012"
    return Places(
        name="Mexico",
        polygons=polygons,
        members=members,
        hostility=_hostility(names),
        groups=names,
        source="INEGI (outlines, homicides), CONAPO (population), OCVED 2.0 by Osorio and Beltrán (groups)",
        notes=(
            *repairs,
            f"Homicides are those recorded {months}, shrunk towards the rate of the state so that no place "
            f"has none; places without a record have the rate of the state ({unrecorded}).",
            f"{options.members:,.0f} members in all ({published}); shared out in proportion to the reported "
            f"events of each group in each place {window}, to the power {options.event_power}, "
            f"{100 * options.presence_spread:.0f} % of them next to these places (assumed). "
            "Events come from the press: where none is reported a group may still be present.",
            "Events that name no group are shared over the groups named in the same place, or go to the one most named "
            f"in the state (assumed); '{OTHER}' stands for groups without a slot.",
            *(_HISTORY_NOTE if options.history else ()),
            "Rivalries, alliances, ports, border crossings, and areas of crops and fuel theft are hand-coded from "
            "general knowledge (assumed).",
        ),
        hashes={
            **{name: catalogue()[name]["sha256"] for name in records.FILES},
            **hashed(*(folder("geodata") / "mexico" / f"{name}.csv" for name in TABLES)),
        },
        areas={str(name): codes.isin(listed).astype(float) for name, listed in areas},
        start=options.start,
        history=_history(names, polygons, options) if options.history else (),
    )


def recorded_homicides(mirror: str | None = None) -> pd.DataFrame:
    """Recorded homicides (persons) by code (rows, in place order) and month of occurrence (columns, 2000-2021).

    NaN for municipalities without a record.

    Raises
    ------
    InputError
        If the files cannot be obtained.
    """
    table = records.homicides(mirror).reindex(records.municipalities(mirror)[0].index)
    return table.set_axis(pd.PeriodIndex(table.columns, freq="M", name="month"), axis="columns")


def smoothed(recorded: NDArray, residents: NDArray, state: NDArray) -> NDArray:
    """Empirical-Bayes estimate of homicides: rates shrunk towards the state rate, keeping state totals.

    The rate of place i with n_i residents is w_i r_i + (1 - w_i) m with w_i = A / (A + m / n_i), where m is the state
    rate and A the variance between places beyond sampling noise (Marshall 1991, Applied Statistics 40). A state without
    homicides is shrunk towards the national rate.

    Parameters
    ----------
    recorded
        Recorded homicides [place], NaN for places without a record.
    residents
        Residents [place], persons.
    state
        State labels [place].
    """
    known = np.isfinite(recorded)
    result = np.empty(len(recorded))
    nation = recorded[known].sum() / residents[known].sum()
    for label in pd.unique(state):
        mine = state == label
        count, people = np.where(known, recorded, 0)[mine], np.where(known, residents, 0)[mine]
        total = count.sum()
        mean = total / people.sum() if total else nation
        rate = np.divide(count, people, out=np.full(len(count), mean), where=people > 0)
        excess = (people * (rate - mean) ** 2).sum() / people.sum() - mean * (people > 0).sum() / people.sum()
        between = max(excess, 0.0)
        weight = between / (between + mean / np.maximum(people, 1))
        shrunk = (weight * rate + (1 - weight) * mean) * residents[mine]
        result[mine] = shrunk * (total / shrunk[people > 0].sum()) if total else shrunk
    return result


def _year_before(monthly: pd.DataFrame, start: date) -> tuple[pd.Series, str]:
    """Homicides over the 12 months before the start, or the first 12 on record; and the name of that period."""
    end = max(12, _month(start))
    year = monthly.iloc[:, end - 12 : end]
    return year.sum(axis=1, min_count=1), f"from {year.columns[0]} to {year.columns[-1]}"


def _month(day: date) -> int:
    """Months since the first one on record, January 2000."""
    return (day.year - 2000) * 12 + day.month - 1


def _members(
    events: pd.DataFrame, codes: pd.Index, touching: sparse.csr_array, options: Options
) -> tuple[NDArray, tuple[str, ...], str]:
    """Members [group, place], the names of the slots, and the window of events used."""
    length = 12 * options.presence_years
    end = min(max(_month(options.start), length), EVENT_MONTHS)
    month = (events.date.dt.year - 2000) * 12 + events.date.dt.month - 1
    events = events.loc[month.between(end - length, end - 1)]
    named = events.actor[~events.actor.isin(records.NO_GROUP)].value_counts()
    largest = list(named.index[: territories.slots(options.groups)[0] - 1])
    slot = events.actor.where(events.actor.isin([*largest, *records.NO_GROUP]), OTHER)
    slot = slot.where(~slot.isin(records.NO_GROUP), "")
    active = [*largest, OTHER]
    counts = pd.crosstab(slot, events.code).reindex(index=[*active, ""], columns=codes, fill_value=0)
    weight = attributed(counts.loc[active].to_numpy(float), counts.loc[""].to_numpy(float), codes.str[:2].to_numpy())
    weight = np.where(weight > 0, weight**options.event_power, 0.0)
    # Presence next to reported places: spread evenly from each place to its neighbours.
    around = (touching.T @ (weight / touching.sum(axis=1)).T).T
    weight = (1 - options.presence_spread) * weight + options.presence_spread * around
    free = options.groups - len(active)
    members = np.vstack([options.members * weight / weight.sum(), np.zeros((free, len(codes)))])
    window = f"from {events.date.min():%Y-%m} to {events.date.max():%Y-%m}"
    return members, (*active, *territories.free_names(free)), window


def attributed(named: NDArray, unnamed: NDArray, state: NDArray) -> NDArray:
    """Events [group, place], with unattributed events distributed over the groups named in the same place (*assumed*).

    If none is named there, they are attributed to the group named most often in the state; if none is named in the
    state, to the last slot.

    Parameters
    ----------
    named
        Events that name a group, [group, place].
    unnamed
        Events that name no group, [place].
    state
        State labels [place].
    """
    total = named.sum(axis=0)
    share = np.divide(named, total, out=np.zeros_like(named), where=total > 0)
    for label in pd.unique(state):
        mine = state == label
        most = named[:, mine].sum(axis=1)
        share[np.argmax(most) if most.any() else -1, mine & (total == 0)] = 1.0
    return named + share * unnamed


def _history(names: tuple[str, ...], polygons: gpd.GeoDataFrame, options: Options) -> tuple[Intervention, ...]:
    """Removals and operations with their weeks from the start; events before the start have no effect."""
    happened = removals()
    killed = happened.outcome == "killed"
    severity = np.where(happened.level == "leader", options.removal_severity, options.lieutenant_severity)
    places = polygons.index.get_indexer(happened.code)
    if (places < 0).any():
        unknown = ", ".join(happened.code[places < 0])
        raise InputError(
            f"geodata/mexico/removals.csv: no municipality has the code {unknown}; codes are those of the 2020 census"
        )
    operations = _table("operations.csv", {"cve_ent": str, "cvegeo": str})
    weights = np.array(
        [
            polygons.homicides * polygons.index.str.startswith(tuple(str(place or state).split(";")))
            for state, place in zip(operations.cve_ent, operations.cvegeo.fillna(""), strict=True)
        ]
    )
    troops = options.operation_personnel * weights / weights.sum(axis=1, keepdims=True)
    return (
        RecordedRemovals(
            week=_weeks(happened.date, options.start),
            group=jnp.asarray([names.index(actor) if actor in names else -1 for actor in happened.actor]),
            place=jnp.asarray(places, jnp.int32),
            killed=jnp.asarray(killed, float),
            severity=jnp.asarray(severity, float),
        ),
        RecordedOperations(
            week=_weeks(pd.to_datetime(operations.start_date), options.start),
            weeks=jnp.asarray(options.operation_weeks, jnp.int32),
            military=jnp.asarray(troops, float),
        ),
    )


def _weeks(dates: pd.Series, start: date) -> jax.Array:
    """Index of the week, counted from the start, that contains each date."""
    return jnp.asarray((dates - pd.Timestamp(start)).dt.days // 7, jnp.int32)


def _hostility(names: tuple[str, ...]) -> NDArray:
    """Relative hostility [group, group] from the table of rivalries and alliances; neutral otherwise."""
    frame = pd.DataFrame(territories.NEUTRAL, names, names)
    level = {"rivals": territories.RIVAL, "allied": territories.ALLIED}
    for group, other, relation in _table("relations.csv", {}).itertuples(index=False):
        if group in names and other in names:
            frame.loc[group, other] = frame.loc[other, group] = level[relation]
    matrix = frame.to_numpy(copy=True)
    np.fill_diagonal(matrix, 0.0)
    return matrix


def _table(name: str, dtype: dict) -> pd.DataFrame:
    return pd.read_csv(folder("geodata") / "mexico" / name, comment="#", dtype=dtype)
