"""Where a strategy helps and where it harms: by state, and in which places most."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from xarray import Dataset

from contagion._util.language import label, say, worded
from contagion._util.text import percent, significant
from contagion.analysis.by_place import PROBABLE, SURE, change, homicides, probability_of_harm
from contagion.analysis.by_state import provinces
from contagion.analysis.finding import Finding
from contagion.analysis.over_time import paired_columns
from contagion.analysis.paired import BETTER, SAME, UNDECIDED, WORSE, told
from contagion.simulation.schema import RUN_TOTAL

MOST = 5  # places named of those helped most and of those harmed most, by strategy


def by_province(dataset: Dataset) -> Dataset:
    """Homicides over the run with provinces in the place of places, for what is said and drawn of places.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`.

    Returns
    -------
    xarray.Dataset
        `homicides_run_total(strategy, replicate, place)` and the coordinates of a run, where `place`, `name` and
        `state` are the names of provinces and `population` is that of all their places.
    """
    names, numbers = provinces(dataset)
    member = np.eye(len(names))[numbers]
    labels = np.array(names, dtype=object)
    of_run = dataset[RUN_TOTAL].transpose("strategy", "replicate", "place")
    kept = {name: dataset[name].variable for name in ("strategy", "replicate", "time", "weeks")}
    places = dict.fromkeys(("place", "name", "state"), ("place", labels))
    return Dataset(
        {RUN_TOTAL: (of_run.dims, of_run.values.astype(float) @ member, of_run.attrs)},
        coords={**kept, **places, "population": ("place", dataset["population"].values @ member)},
        attrs=dataset.attrs,
    )


def state_table(dataset: Dataset) -> pd.DataFrame:
    """Change in homicides over the run from the first strategy by state.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`.

    Returns
    -------
    pandas.DataFrame
        One row per strategy but the first and state, with its `residents`, the columns of `differences_by_year` from
        `homicides` on, `change_of_rate` per 100,000 residents and year, its number of `places`, and how many of these
        are `probably_helped` and `probably_harmed`: fewer or more homicides than under the first strategy with a
        probability of 0.8 or more, ties counted one half.

    Raises
    ------
    InputError
        If the dataset has no homicides over the run by replicate and place.
    """
    _, numbers = provinces(dataset)
    harm = probability_of_harm(dataset).values
    whole = by_province(dataset)
    rates, totals = change(whole).values, whole[RUN_TOTAL].values
    rows = []
    for index, strategy in enumerate(dataset["strategy"].values.tolist()):
        for number, state in enumerate(whole["place"].values.tolist() if index else []):
            inside = harm[index, numbers == number]
            row = dict(strategy=strategy, state=state, residents=float(whole["population"].values[number]))
            row |= paired_columns(totals[index, :, number], totals[0, :, number])
            row |= dict(
                change_of_rate=rates[index, number],
                places=len(inside),
                probably_helped=int((inside <= 1 - PROBABLE).sum()),
                probably_harmed=int((inside >= PROBABLE).sum()),
            )
            rows.append(row)
    return pd.DataFrame(rows)


def places_most_changed(dataset: Dataset, most: int = MOST) -> pd.DataFrame:
    """Places that a strategy probably helps or harms most, against the first strategy.

    Parameters
    ----------
    dataset
        Results of `contagion.simulate`.
    most
        Number of places by strategy and direction.

    Returns
    -------
    pandas.DataFrame
        One row per strategy but the first, direction (`effect`: probably helped, probably harmed) and place, the
        largest mean change first: `place`, `state`, mean `difference` in homicides over the run, `change_of_rate` per
        100,000 residents and year, and the `probability` of a change in that direction (share of replicates, ties
        counted one half), 0.8 or more.
    """
    harm, rates = probability_of_harm(dataset).values, change(dataset).values
    moved = homicides(dataset).values
    rows = []
    for index, strategy in enumerate(dataset["strategy"].values.tolist()):
        for effect, sign in (("probably helped", -1), ("probably harmed", 1)) if index else ():
            likely = harm[index] if sign > 0 else 1 - harm[index]
            gain = sign * (moved[index] - moved[0])
            largest = [
                place for place in np.argsort(-gain, kind="stable") if likely[place] >= PROBABLE and gain[place] > 0
            ]
            for place in largest[:most]:
                row = dict(strategy=strategy, effect=effect, place=str(dataset["name"].values[place]))
                row |= dict(state=str(dataset["state"].values[place]), difference=moved[index, place] - moved[0, place])
                rows.append(row | dict(change_of_rate=rates[index, place], probability=likely[place]))
    columns = ["strategy", "effect", "place", "state", "difference", "change_of_rate", "probability"]
    return pd.DataFrame(rows, columns=columns)


def finding_of_states(table: pd.DataFrame) -> Finding:
    """What the `table` of `state_table` says: where each strategy helps and where it harms."""
    groups: dict[str, list[dict[Any, Any]]] = {}
    for row in table.to_dict("records"):
        groups.setdefault(str(row["strategy"]), []).append(row)
    sentences = [_where(strategy, rows) for strategy, rows in groups.items()]
    acting = {strategy: rows for strategy, rows in groups.items() if not _still(rows)}
    shown = {label(strategy): [_cell(row) for row in rows] for strategy, rows in acting.items()}
    states = [row["state"] for row in next(iter(acting.values()), [])]
    return Finding(say("where.heading"), sentences, pd.DataFrame({say("page.state"): states} | shown))


def _still(rows: list[dict[Any, Any]]) -> bool:
    """Whether a strategy changes nothing in any state."""
    return all(row["verdict"] == SAME for row in rows)


def _cell(row: dict[Any, Any]) -> str:
    """A change with its confidence interval, and the verdict."""
    if row["verdict"] == SAME:
        return told(SAME)
    change, low, high = (significant(row[name], 2, "+") for name in ("difference", "expected_low", "expected_high"))
    if row["expected_low"] == row["expected_low"]:
        change = say("text.interval", middle=change, low=low, high=high)
    return f"{change}, {told(row['verdict'])}"


def _where(strategy: str, rows: list[dict[Any, Any]]) -> str:
    """In which states a strategy lowers and raises homicides, and where most."""
    if _still(rows):
        return say("where.nothing", strategy=label(strategy))
    said = []
    for verdict, key in ((BETTER, "where.fewer"), (WORSE, "where.more")):
        some = [row for row in rows if row["verdict"] == verdict]
        if not some:
            said.append(say(f"{key}_none"))
            continue
        largest = max(some, key=lambda row: abs(row["difference"]))
        size = significant(largest["difference"], 2, "+")
        total = significant(sum(row["difference"] for row in some), 2, "+")
        said.append(say(key, count=len(some), state=largest["state"], size=size, total=total))
    left = sum(row["verdict"] == UNDECIDED for row in rows)
    named = dict(strategy=label(strategy), count=len(rows))
    return say("where.sentence", **named, parts="; ".join(said), undecided=left)


def _how_many(strategy: str, share: NDArray[np.float64], residents: NDArray[np.float64]) -> str:
    """In how many places homicides are fewer and more, by the probability of more [place]."""
    said = {}
    for words, likely in (("fewer", 1 - share), ("more", share)):
        probable, sure = likely >= PROBABLE, f"{int((likely >= SURE).sum()):,}"
        home = say("places.home", share=percent(float(residents @ probable))) if probable.any() else ""
        said[words] = say(f"places.{words}", count=f"{probable.sum():,}", home=home, sure=sure)
    return say("places.sentence", strategy=label(strategy), count=f"{len(share):,}", **said)


def finding_of_places(dataset: Dataset, table: pd.DataFrame) -> Finding:
    """How many places are probably and surely harmed, and the `table` of `places_most_changed`."""
    harm = probability_of_harm(dataset).values
    residents = dataset["population"].values / dataset["population"].values.sum()
    sentences = [
        _how_many(str(strategy), share, residents)
        for strategy, share in zip(dataset["strategy"].values[1:], harm[1:], strict=True)
        if (share != 0.5).any()  # else the strategy does nothing
    ]
    sentences.append(say("places.note", probable=f"{100 * PROBABLE:.0f}", sure=f"{100 * SURE:.0f}"))
    rows = table.to_dict("records")
    columns = {
        say("page.strategy"): [label(row["strategy"]) for row in rows],
        say("places.effect"): [worded("places", row["effect"]) for row in rows],
        say("places.place"): [row["place"] for row in rows],
        say("page.state"): [row["state"] for row in rows],
        say("places.change"): [significant(row["difference"], 2, "+") for row in rows],
        say("places.change_of_rate"): [
            significant(row["change_of_rate"], 2, "+") if row["change_of_rate"] == row["change_of_rate"] else ""
            for row in rows
        ],
        say("places.probability"): [percent(row["probability"]) for row in rows],
    }
    return Finding(say("places.heading"), sentences, pd.DataFrame(columns))
