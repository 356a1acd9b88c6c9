"""Validate the input of estimators."""

import importlib
from types import ModuleType

import numpy as np
import scipy.sparse as sparse
from numpy.typing import ArrayLike, NDArray

from contagion.errors import InputError, install


def counts(values: ArrayLike, *axes: str) -> NDArray[np.float64]:
    """Finite, non-negative numbers with the named axes."""
    array = np.asarray(values, dtype=float)
    if array.ndim != len(axes) or 0 in array.shape:
        raise InputError(f"counts have shape {array.shape}: must be [{', '.join(axes)}], none of them empty")
    for fault, wrong in (("not a finite number", ~np.isfinite(array)), ("negative", array < 0)):
        if wrong.any():
            where = ", ".join(f"{axis} {index}" for axis, index in zip(axes, np.argwhere(wrong)[0], strict=True))
            raise InputError(f"counts are {fault} at {where}: must be 0 or more")
    return array


def weights(matrix: sparse.csr_array, places: int) -> sparse.csr_array:
    """Symmetric contiguity matrix [place, place], 1 where two places touch, with zero diagonal."""
    if matrix.shape != (places, places):
        raise InputError(f"contiguity has shape {matrix.shape}: must be [{places}, {places}], the places of the counts")
    touching = sparse.csr_array(matrix, dtype=float, copy=True)
    touching.eliminate_zeros()
    touching.data[:] = 1.0
    if (touching != touching.T).nnz or touching.diagonal().any():
        raise InputError(
            "contiguity is not symmetric, or a place touches itself: must be 1 exactly where two places touch"
        )
    return touching


def flags(values: ArrayLike, *shape: int) -> NDArray[np.bool_]:
    """Boolean array of the given shape; -1 stands for any length."""
    array = np.asarray(values)
    fits = array.ndim == len(shape) and all(right in (-1, got) for got, right in zip(array.shape, shape, strict=True))
    if array.dtype != bool or not fits:
        raise InputError(f"flags have type {array.dtype} and shape {array.shape}: must be bool and {shape}")
    return array


def optional(name: str) -> ModuleType:
    """Import a library that only the estimators need."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(f"{name} is not installed: {install('estimators')}") from error
