"""Provenance of the parameter values of a run, as sentences."""

from dataclasses import fields

import numpy as np
from jaxtyping import Array

from contagion.kernel.params import Params
from contagion.parameters.constraints import branching_ratio
from contagion.parameters.posterior import Posterior
from contagion.parameters.presets import load_params


def describe(params: Params, drawn: Params, posterior: Posterior | None = None) -> list[str]:
    """Describe how parameter values were chosen, and their branching ratio and status.

    Parameters
    ----------
    params
        Parameters before any were drawn from priors.
    drawn
        Parameters used in the run.
    posterior
        Posterior that `params` was drawn from, if any.

    Returns
    -------
    list of str
        Two sentences.
    """
    joint = [name for name, value in vars(params).items() if value.ndim]
    alone = [name for name, value in vars(drawn).items() if value.ndim and name not in joint]
    chosen = []
    if joint:
        chosen.append(f"{len(joint)} drawn jointly{f' from the posterior {posterior}' if posterior else ''}")
    if alone:
        chosen.append(f"{len(alone)} drawn from priors")
    how = f"{', '.join(chosen)}, the others fixed" if chosen else "fixed"
    count = status(drawn, joint if posterior else [])
    counts = ", ".join(f"{number} {word}" for word, number in count.items())
    return [f"Parameters: {how}.", f"Branching ratio {_range(branching_ratio(drawn))}; of the numbers, {counts}."]


def status(params: Params, fitted: list[str]) -> dict[str, int]:
    """Count the parameter values that are published, calibrated and assumed; switches are not counted.

    A published or calibrated parameter counts as assumed if its value differs from the default or is drawn.

    Parameters
    ----------
    params
        Parameters used in the run.
    fitted
        Names of parameters drawn from a posterior; they count as calibrated.

    Returns
    -------
    dict
        Number of parameters by status: published, calibrated, assumed.
    """
    defaults, count = load_params(), dict(published=0, calibrated=0, assumed=0)
    for field in fields(Params):
        if field.metadata["unit"] == "switch":
            continue
        unchanged = np.all(np.asarray(getattr(params, field.name)) == np.asarray(getattr(defaults, field.name)))
        declared = field.metadata["status"] if unchanged else "assumed"
        count["calibrated" if field.name in fitted else declared] += 1
    return count


def _range(values: Array) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:.2f}" if low == high else f"{low:.2f} to {high:.2f}"
