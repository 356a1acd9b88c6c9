"""What moves where: homicides that a strategy averts in some states and adds in others, and groups that move.

A run records how many members move, and not from where to where. What is said of places is therefore a difference of
homicides and of members, state by state, and not a flow from one to another.
"""

from typing import Any

import numpy as np
import pandas as pd
from xarray import Dataset

from contagion._util.language import label, say
from contagion._util.text import percent, significant
from contagion.analysis.by_state import provinces
from contagion.analysis.finding import Finding
from contagion.analysis.metrics import over_run
from contagion.analysis.paired import BETTER, WORSE, mean_interval, verdict
from contagion.analysis.spatial.effects import by_province
from contagion.simulation.schema import RUN_TOTAL


def displacement_table(dataset: Dataset) -> pd.DataFrame:
    """Homicides averted in states that have fewer and added in states that have more, and members that move.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`.

    Returns
    -------
    pandas.DataFrame
        One row per strategy but the first: the number of `states_with_fewer` and `states_with_more` homicides over the
        run than under the first strategy by their verdicts; `averted` and `added`, mean homicides there, with the 90 %
        confidence intervals of the mean `averted_low` to `averted_high` and `added_low` to `added_high`; `returned`,
        added per averted, NaN where nothing is averted; and `relocated`, rank and file that moved to other places more
        than under the first strategy, all groups together, with its interval.
    """
    totals = by_province(dataset)[RUN_TOTAL].values
    moved = over_run("relocated")(dataset).transpose("strategy", "replicate").values.astype(np.float64)
    rows = []
    for index, strategy in enumerate(dataset["strategy"].values.tolist()):
        if not index:
            continue
        change = totals[index] - totals[0]
        verdicts = np.array([verdict(state) for state in change.T])
        fewer, more = verdicts == BETTER, verdicts == WORSE
        averted, added, extra = -change[:, fewer].sum(axis=1), change[:, more].sum(axis=1), moved[index] - moved[0]
        row = dict(strategy=strategy, states_with_fewer=int(fewer.sum()), states_with_more=int(more.sum()))
        for name, values in (("averted", averted), ("added", added), ("relocated", extra)):
            low, high = mean_interval(values)
            row |= {name: values.mean(), f"{name}_low": low, f"{name}_high": high}
        row |= dict(returned=added.mean() / averted.mean() if fewer.any() else np.nan)
        rows.append(row)
    return pd.DataFrame(rows)


def members_by_state(dataset: Dataset) -> pd.DataFrame:
    """Members of criminal groups at the end by state, less those under the first strategy.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`.

    Returns
    -------
    pandas.DataFrame
        One row per state, with a column per strategy but the first: persons, mean of replicates. Rank and file; the
        spread over replicates of a state is not recorded.
    """
    names, numbers = provinces(dataset)
    end = (
        dataset["members"].sel(statistic="mean").isel(time=-1).transpose("strategy", "place").values.astype(np.float64)
    )
    change = (end - end[:1]) @ np.eye(len(names))[numbers]
    others = dataset["strategy"].values.tolist()[1:]
    return pd.DataFrame(dict(state=names) | dict(zip(others, change[1:], strict=True)))


def finding(table: pd.DataFrame, members: pd.DataFrame) -> Finding:
    """What `displacement_table` and `members_by_state` say, without strategies under which nothing moves."""
    rows = [row for row in table.to_dict("records") if row["states_with_fewer"] + row["states_with_more"]]
    sentences = []
    for row in rows:
        sentences.append(f"{_balance(row)} {_moved(row)}")
    sentences.append(say("moves.note"))
    shown = {say("page.state"): members["state"].tolist()} | {
        label(name): [significant(value, 2, "+") if round(value) else "0" for value in members[name]]
        for name in (row["strategy"] for row in rows)
    }
    return Finding(say("moves.heading"), sentences, pd.DataFrame(shown if rows else {}))


def _balance(row: dict[Any, Any]) -> str:
    """What is averted and what is added, in a sentence."""
    fewer, more = row["states_with_fewer"], row["states_with_more"]
    parts = dict(
        strategy=label(row["strategy"]),
        averts=say("moves.averts", count=significant(row["averted"], 2), states=_states(fewer)),
        adds=say("moves.adds", count=significant(row["added"], 2), states=_states(more)),
    )
    if not fewer or not more:
        return say("moves.none_added" if fewer else "moves.no_state", **parts)
    share = percent(row["returned"]) if row["returned"] <= 1 else say("moves.more_than_all")
    return say("moves.both", **parts, share=share)


def _states(number: int) -> str:
    return say("text.one_state") if number == 1 else say("text.states", count=number)


def _moved(row: dict[Any, Any]) -> str:
    """Whether more members move between places."""
    low, high = row["relocated_low"], row["relocated_high"]
    if not low * high > 0:  # the interval includes zero, or is not known
        return say("moves.undecided" if row["relocated"] else "moves.no_more")
    change, low_end, high_end = (significant(value, 2, "+") for value in (row["relocated"], low, high))
    return say("moves.change", change=change, low=low_end, high=high_end)
