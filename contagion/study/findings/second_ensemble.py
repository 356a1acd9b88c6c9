"""The second ensemble of a run: the same strategies with unknown numbers drawn from their priors."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from xarray import Dataset

from contagion._util.language import say
from contagion.analysis.assumptions import unknown_numbers
from contagion.kernel.params import Params
from contagion.parameters.presets import load_params
from contagion.report.sections import Section
from contagion.simulation.simulate import simulate
from contagion.study.folders import output_folder
from contagion.study.jobs.worker import arguments_of
from contagion.study.plan import Plan


def unknown(priors: Mapping[str, Any], params: Params, chosen: Sequence[str]) -> dict[str, Any]:
    """Those of the priors whose parameter was neither chosen nor set to something else than its default."""
    usual = vars(load_params())
    given = vars(params)
    return {
        name: prior
        for name, prior in priors.items()
        if name not in given
        or (name not in chosen and given[name].ndim == 0 and np.asarray(given[name]) == np.asarray(usual[name]))
    }


def tables(dataset: Dataset, plan: Plan) -> dict[str, pd.DataFrame]:
    """The table of a run and its second ensemble by the name of its file; none where it has no second one.

    **Raises:** InputError if the numbers that are drawn make no run with those that were chosen.
    """
    second = drawn(plan)
    return {} if second is None else {output_folder.UNCERTAINTY: unknown_numbers.uncertainty_table(dataset, second)}


def sections(found: Mapping[str, pd.DataFrame]) -> list[Section]:
    """What the table says, for the report."""
    if output_folder.UNCERTAINTY not in found:
        return []
    heading, sentences, table = unknown_numbers.finding(found[output_folder.UNCERTAINTY])
    return [Section(heading, sentences, None if table.empty else table, say("sure.caption"))]


def drawn(plan: Plan) -> Dataset | None:
    """Results of the second ensemble, over the run as one period; None where the run has none.

    A run that draws numbers itself or compares nothing has none, nor one on a budget, whose doses rest on what
    strategies cost.

    Raises
    ------
    InputError
        If the numbers that are drawn make no run with those that were chosen.
    """
    if not plan.second or len(plan.strategies) == 1 or plan.budget is not None:
        return None
    priors = unknown(plan.priors, plan.params, plan.chosen)
    options = {**plan.options, "record": "run"}
    return simulate(plan.atlas, **arguments_of(plan, 0, plan.second), **options, priors=priors)
