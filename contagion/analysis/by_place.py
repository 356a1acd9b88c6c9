"""What each strategy does to each place over the run, against the first strategy."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray import DataArray, Dataset

from contagion._util.language import say
from contagion.analysis.metrics import residents_made_worse
from contagion.analysis.select import UNIT_OF_RATE, months, yearly_rate
from contagion.errors import InputError
from contagion.simulation.schema import RUN_TOTAL

PROBABLE, SURE = 0.8, 0.95  # probabilities of more homicides from which harm is called probable, and sure


def _share_with_more(dataset: Dataset) -> NDArray[np.float64]:
    """Share of replicates with more homicides than under the first strategy, ties half [strategy, place]."""
    homicides = dataset.homicides_run_total.transpose("strategy", "replicate", "place").values
    return (1 + np.sign(homicides - homicides[:1])).mean(axis=1) / 2


def residents_harmed(dataset: Dataset) -> dict[str, NDArray[np.float64]]:
    """Share of all residents who live in places with more homicides than under the first strategy [strategy].

    `mean` over replicates, with `low` and `high` the ends of its 90 % interval; and `probable` and `sure`, in places
    where that is so in at least the shares PROBABLE and SURE of replicates.
    """
    share = residents_made_worse(dataset).transpose("strategy", "replicate").values
    weights = dataset.population.values / dataset.population.values.sum()
    return {
        "mean": share.mean(axis=1),
        "low": np.quantile(share, 0.05, axis=1),
        "high": np.quantile(share, 0.95, axis=1),
        "probable": (_share_with_more(dataset) >= PROBABLE) @ weights,
        "sure": (_share_with_more(dataset) >= SURE) @ weights,
    }


def probability_of_harm(dataset: Dataset) -> DataArray:
    """Share of replicates in which a place has more homicides than under the first strategy (strategy, place).

    Ties count half, so that 0.5 is neither more often nor less often.

    Parameters
    ----------
    dataset
        As `simulate` returns it.

    Returns
    -------
    xarray.DataArray
        Probabilities `(strategy, place)`, with the attributes that a figure shows, as of `by_strategy`.

    Raises
    ------
    InputError
        If the dataset has no homicides over the run by replicate and place.
    """
    share = _of_run(dataset).isel(replicate=0, drop=True).copy(data=_share_with_more(dataset))
    return _described(share, dataset, "probability of more homicides", "share of replicates")


def homicides(dataset: Dataset, share: float | None = None) -> DataArray:
    """Homicides over the run.

    Parameters
    ----------
    dataset
        As `simulate` returns it.
    share
        Quantile of replicates, 0 to 1; by default the mean.

    Returns
    -------
    xarray.DataArray
        Persons `(strategy, place)`.
    """
    several = _of_run(dataset)
    values = several.mean("replicate", dtype=float) if share is None else several.quantile(share, "replicate")
    return _described(values, dataset, "homicides", "persons")


def rate(dataset: Dataset) -> DataArray:
    """Homicide rate over the run: the mean of replicates.

    Parameters
    ----------
    dataset
        As `simulate` returns it.

    Returns
    -------
    xarray.DataArray
        Per 100,000 residents and year `(strategy, place)`.
    """
    return _described(yearly_rate(homicides(dataset), dataset.weeks.sum()), dataset, "homicide rate", UNIT_OF_RATE)


def change(dataset: Dataset) -> DataArray:
    """Homicide rate over the run less that under the first strategy.

    Parameters
    ----------
    dataset
        As `simulate` returns it.

    Returns
    -------
    xarray.DataArray
        Per 100,000 residents and year `(strategy, place)`.
    """
    values = rate(dataset)
    return (values - values.isel(strategy=0, drop=True)).assign_attrs(values.attrs)


def certainty(dataset: Dataset) -> DataArray:
    """Probability that homicides of a place change in the direction in which their mean changes.

    Parameters
    ----------
    dataset
        As `simulate` returns it.

    Returns
    -------
    xarray.DataArray
        Share of replicates `(strategy, place)`, 0.5 where the mean does not change.
    """
    share, moved = probability_of_harm(dataset), change(dataset)
    return xr.where(moved < 0, 1 - share, share).where(moved != 0, 0.5).assign_attrs(share.attrs)


def _of_run(dataset: Dataset) -> DataArray:
    if RUN_TOTAL not in dataset:
        raise InputError(f"the run has no {RUN_TOTAL}, homicides of every replicate and place; simulate it anew")
    return dataset[RUN_TOTAL].transpose("strategy", "replicate", "place").compute()


def _described(values: DataArray, dataset: Dataset, long_name: str, units: str) -> DataArray:
    count = dataset.replicate.size
    words = dict(long_name=long_name, units=units, period=months(dataset))
    words["statistic"] = say("text.replicates", count=f"{count:,}") if count > 1 else say("text.one_replicate")
    values = values.transpose("strategy", "place")
    values.attrs = {**dataset.attrs, **words}
    return values
