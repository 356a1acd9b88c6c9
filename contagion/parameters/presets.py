"""Parameters and other plain values by name, from `conf/`."""

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
    """Params from plain values, with one row per replicate of the posterior that they name.

    **Arguments:** `chosen` the numbers that a user asked for by name, which a posterior would override.

    Raises InputError for numbers that contradict each other, and where a posterior cannot be used.
    """
    params = build_component(Params, {name: value for name, value in values.items() if name != "posterior"}, "params")
    check(params)
    if (fitted := load_posterior(values, params)) is None:
        return params
    if replicates is None:
        raise InputError(
            f"params.posterior={values['posterior']}: needs replicates, which take a row each; null for none"
        )
    if both := sorted(set(chosen) & set(fitted.columns)):
        raise InputError(
            f"params.{both[0]}: is drawn from params.posterior={values['posterior']}; set params.posterior=null for "
            "numbers of your own"
        )
    return replace(params, **fitted.draw(replicates, seed))


def load_posterior(values: Mapping[str, Any], params: Params) -> Posterior | None:
    """The posterior that plain values name, if any; `params` are the numbers it leaves as they are."""
    given = values.get("posterior")
    if not isinstance(given, str | Path | None):
        raise InputError(f"params.posterior={given!r}: must be the path of a CSV file, or null")
    return None if given is None else read_posterior(str(given), params)


def preset(group: str, option: str) -> dict[str, Any]:
    """The plain values of `conf/<group>/<option>.yaml`, on top of the options that its defaults list names."""
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
    """The parameters of the preset `name` with some numbers changed.

    **Arguments:** `replicates` and `seed` say how many rows to take of the posterior of the preset, if it has one, or
    of the file given as `posterior`; `posterior=None` leaves it aside.
    """
    return build_params({**preset("params", name), **changes}, replicates, seed, chosen=changes)
