"""Dated events of Mexico: leaders and lieutenants captured or killed 2008 to 2016, joint operations 2006 to 2009."""

from datetime import date

import geopandas as gpd
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from contagion.errors import InputError
from contagion.interventions.historical import RecordedOperations, RecordedRemovals
from contagion.regions.kinds.mexico_records import hand_coded

NOTE = (
    "Removals of leaders 2008-2016 and operations 2006-2009 happen on their dates, but where a strategy leaves them "
    "out; the size of operations and what a removal takes from a group are assumed."
)

# Organisations of the table and the corresponding actors of OCVED 2.0. OCVED counts the Knights Templar as part of La
# Familia; they split off in 2011 and fought it, so they have no group here.
ACTORS = {
    "Beltran Leyva": "Beltran Leyva",
    "Beltran Leyva (Barbie faction)": "La Barbie",
    "CJNG": "Cartel de Jalisco Nueva Generacion",
    "Gulf": "Cartel del Golfo",
    "Juarez": "Cartel de Juarez",
    "La Familia": "La Familia Michoacana",
    "Sinaloa": "Cartel de Sinaloa",
    "Tijuana": "Cartel de Tijuana",
    "Tijuana (Teo faction)": "Cartel de Tijuana",
    "Zetas": "Los Zetas",
    "Zetas (Taliban faction)": "Los Zetas",
}


def removals() -> pd.DataFrame:
    """Removals sorted by date: date, code (municipality), actor (as in OCVED, or None), outcome, level.

    `outcome` is captured or killed, `level` is leader or lieutenant; a falsely announced death is excluded.
    """
    table = hand_coded("removals.csv", {"cvegeo": str})
    table["date"] = pd.to_datetime(table["date"])
    table = table.loc[table["outcome"] != "reported killed"].sort_values("date").rename(columns={"cvegeo": "code"})
    actor = [ACTORS.get(organisation) for organisation in table["org"]]
    return table.assign(actor=actor).loc[:, ["date", "code", "actor", "outcome", "level"]].reset_index(drop=True)


def history(
    names: tuple[str, ...],
    polygons: gpd.GeoDataFrame,
    start: date,
    severity: tuple[float, float],
    personnel: float,
    weeks: int,
) -> tuple[RecordedRemovals, RecordedOperations]:
    """Removals and operations with their weeks from the start; removals before the start have no effect.

    Parameters
    ----------
    names
        Names of the slots.
    polygons
        Places by code, with their homicides.
    start
        First day of week 0.
    severity
        Shares of leadership removed with a leader and with a lieutenant.
    personnel, weeks
        Military of an operation, persons, and its length.

    Raises
    ------
    InputError
        If the table of removals names a place that does not exist.
    """
    happened = removals()
    places = polygons.index.get_indexer(happened.code)
    if (places < 0).any():
        unknown = ", ".join(happened.code[places < 0])
        raise InputError(
            f"geodata/mexico/removals.csv: no municipality has the code {unknown}; codes are those of the 2020 census"
        )
    operations = hand_coded("operations.csv", {"cve_ent": str, "cvegeo": str})
    weights = np.array(
        [
            polygons.homicides * polygons.index.str.startswith(tuple(str(place or state).split(";")))
            for state, place in zip(operations.cve_ent, operations.cvegeo.fillna(""), strict=True)
        ]
    )
    troops = personnel * weights / weights.sum(axis=1, keepdims=True)
    return (
        RecordedRemovals(
            week=_weeks(happened.date, start),
            group=jnp.asarray([names.index(actor) if actor in names else -1 for actor in happened.actor]),
            place=jnp.asarray(places, jnp.int32),
            killed=jnp.asarray(happened.outcome == "killed", float),
            severity=jnp.asarray(np.where(happened.level == "leader", *severity), float),
        ),
        RecordedOperations(
            week=_weeks(pd.to_datetime(operations.start_date), start),
            weeks=jnp.asarray(weeks, jnp.int32),
            military=jnp.asarray(troops, float),
        ),
    )


def _weeks(dates: pd.Series, start: date) -> jax.Array:
    """Index of the week, counted from the start, that contains each date."""
    return jnp.asarray((dates - pd.Timestamp(start)).dt.days // 7, jnp.int32)
