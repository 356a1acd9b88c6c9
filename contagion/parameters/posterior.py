"""Joint posterior draws of parameters fitted to data, read from a CSV file."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float

from contagion._util.resources import folder
from contagion.errors import InputError, nearest
from contagion.kernel.params import Params
from contagion.parameters.constraints import check

STREAM = 0x706F7374  # "post": separates the row order from other random streams of the same seed


@dataclass(frozen=True)
class Posterior:
    """Joint draws of a subset of the parameters.

    Attributes
    ----------
    path
        CSV file the draws were read from.
    columns
        Values of each fitted parameter, shape ``(row,)``; the same row of all columns is one joint draw.
    """

    path: Path
    columns: Mapping[str, Float[Array, " row"]]

    @property
    def rows(self) -> int:
        """Number of draws."""
        return len(next(iter(self.columns.values())))

    def draw(self, replicates: int, seed: int) -> dict[str, Float[Array, " replicate"]]:
        """One row per replicate, in an order fixed by `seed`.

        Replicate i gets the same row regardless of the number of replicates. Rows are reused cyclically if there are
        more replicates than rows.

        Parameters
        ----------
        replicates
            Number of replicates.
        seed
            Seed of the row order.

        Returns
        -------
        dict
            Values of each fitted parameter, shape ``(replicate,)``.
        """
        order = np.random.default_rng([seed, STREAM]).permutation(self.rows)
        rows = order[np.arange(replicates) % self.rows]
        return {name: values[rows] for name, values in self.columns.items()}

    def __str__(self) -> str:
        digest = sha256(self.path.read_bytes()).hexdigest()[:12]
        return f"{self.path} ({self.rows:,} row{'s' * (self.rows != 1)}, sha256 {digest})"


def read_posterior(given: str, params: Params) -> Posterior:
    """Read a posterior from a CSV file with one column per parameter and one row per draw.

    Lines starting with ``#`` are comments.

    Parameters
    ----------
    given
        Name of a file in ``conf/params``, or a path.
    params
        Values of the parameters without a column, needed to check the constraints between parameters.

    Returns
    -------
    Posterior
        The draws, in the declared units of the parameters.

    Raises
    ------
    InputError
        If the file is missing or not such a table, a value is not finite or out of bounds, or a row violates the
        constraints between parameters.
    """
    where = f"params.posterior={given}"
    path = located(given)
    if not path.exists():
        raise InputError(f"{where}: no such file; give a path, or the name of a file in conf/params")
    if not path.is_file():
        raise InputError(f"{where}: not a regular file; give the path of a CSV file")
    try:
        table = pd.read_csv(path, comment="#", dtype=str, skipinitialspace=True, encoding="utf-8")
    except (ValueError, OSError) as error:
        raise InputError(f"{where}: not a readable CSV file in UTF-8 ({str(error).strip()})") from None
    if table.empty or not isinstance(table.index, pd.RangeIndex):
        raise InputError(f"{where}: needs a header of parameter names and at least one row, each as long as the header")
    declared = {field.name: field.metadata for field in fields(Params)}
    for name in table.columns:
        if name not in declared:
            raise InputError(f"{where}: column {name!r} is not a parameter; the nearest is {nearest(name, declared)}")
    columns = {name: _numbers(pd.Series(table[name]), declared[name], where) for name in table.columns}
    check(replace(params, **columns), f"{where}: row", first=1)
    return Posterior(path, columns)


def located(given: str) -> Path:
    """The file of a posterior: one that is shipped, by its name, or a path."""
    beside = folder("conf") / "params" / given
    return beside if Path(given).name == given and beside.exists() else Path(given)


def _numbers(column: pd.Series, legal: Mapping, where: str) -> Float[Array, " row"]:
    values = pd.Series(pd.to_numeric(column, errors="coerce")).to_numpy(dtype=float, na_value=np.nan)
    low, high, unit = legal["low"], legal["high"], legal["unit"]
    for fault, rows in (
        ("is not a finite number", ~np.isfinite(values)),
        ("is out of bounds", (values < low) | (values > high)),
    ):
        if rows.any():
            row = int(np.argmax(rows))
            raise InputError(
                f"{where}: {column.name} in row {row + 1} {fault}: {column.iloc[row]}; "
                f"must be a number from {low} to {high} ({unit})"
            )
    return jnp.asarray(values, float)
