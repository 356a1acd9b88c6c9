"""Load parameters and other plain values from the presets in `conf/`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from contagion._util.resources import folder
from contagion.errors import InputError, nearest
from contagion.kernel.params import Params
from contagion.parameters.build import build_component
from contagion.parameters.constraints import check
from contagion.parameters.posterior import Posterior, read_posterior


def build_params(
    values: Mapping[str, Any], replicates: int | None = None, seed: int = 0, chosen: Iterable[str] = ()
) -> Params:
    """Build `Params` from plain values, with one posterior row per replicate if the values name a posterior.

    Parameters
    ----------
    values
        Value of every parameter by name, and optionally `posterior`, the name or path of a CSV file.
    replicates, seed
        Number of posterior rows to draw and the seed of their order.
    chosen
        Names of the parameters set explicitly by the user; a posterior must not override them.

    Raises
    ------
    InputError
        If the values contradict each other or the posterior cannot be used.
    """
    params = build_component(Params, {name: value for name, value in values.items() if name != "posterior"}, "params")
    check(params)
    if (fitted := load_posterior(values, params)) is None:
        return params
    if replicates is None:
        raise InputError(
            f"params.posterior={values['posterior']}: needs replicates, one row each; set params.posterior=null "
            "for fixed values"
        )
    if both := sorted(set(chosen) & set(fitted.columns)):
        raise InputError(
            f"params.{both[0]}: is drawn from params.posterior={values['posterior']}; set params.posterior=null to "
            "choose it yourself"
        )
    return replace(params, **fitted.draw(replicates, seed))


def load_posterior(values: Mapping[str, Any], params: Params) -> Posterior | None:
    """The posterior named in `values`, or None; `params` holds the values of parameters without a column."""
    given = values.get("posterior")
    if not isinstance(given, str | Path | None):
        raise InputError(f"params.posterior={given!r}: must be the path of a CSV file, or null")
    return None if given is None else read_posterior(str(given), params)


def preset(group: str, option: str) -> dict[str, Any]:
    """Load the plain values of ``conf/<group>/<option>.yaml``, merged over the presets in its defaults list.

    Parameters
    ----------
    group
        Folder in ``conf``, such as ``params`` or ``priors``.
    option
        Name of a file in that folder, without extension.

    Returns
    -------
    dict
        Values by key.

    Raises
    ------
    InputError
        If there is no such preset; the message names the nearest one.

    Examples
    --------
    >>> sorted(preset("priors", "broad")["retaliation"])
    ['uniform']
    """
    available = [path.stem for path in (folder("conf") / group).glob("*.yaml")]
    if option not in available:
        raise InputError(f"{group}={option}: no such option; the nearest is {nearest(option, available)}")
    own = yaml.safe_load((folder("conf") / group / f"{option}.yaml").read_text(encoding="utf-8"))
    parts = own.pop("defaults", ["_self_"])
    values: dict[str, Any] = {}
    for part in parts if "_self_" in parts else [*parts, "_self_"]:
        values |= own if part == "_self_" else preset(group, part)
    return values


def load_params(
    name: str = "default", /, replicates: int | None = None, seed: int = 0, **changes: float | str | None
) -> Params:
    """Load the parameters of a preset, optionally with changed values.

    Parameters
    ----------
    name
        Preset in ``conf/params``, such as ``default``, ``calibrated`` or ``national_law``.
    replicates
        Number of rows to draw from the posterior, if there is one.
    seed
        Seed of the order of posterior rows.
    **changes
        New values by parameter name, in the declared units; `posterior` is the path of a CSV file, or None to ignore
        the posterior of the preset.

    Returns
    -------
    Params
        Scalars, and arrays of shape ``(replicate,)`` for parameters drawn from a posterior.

    Raises
    ------
    InputError
        If a name is unknown, a value is out of bounds, values contradict each other, or the posterior cannot be used.

    Examples
    --------
    >>> params = load_params(retaliation=0.2)
    """
    return build_params({**preset("params", name), **changes}, replicates, seed, chosen=changes)
