"""Where the NumPy and the Numba model begin: the library's own state at the start, as NumPy arrays."""

from dataclasses import dataclass
from types import SimpleNamespace

import jax
import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from contagion.kernel.initial import Model, init
from contagion.kernel.region import Region
from experiments.speed import problem

BY_PLACE = ("homicides", "conflict_homicides", "clash_homicides", "abuses")
BY_GROUP = (
    "recruits", "incapacitated", "convicted", "killed", "killed_by_state", "dropouts", "swept", "relocated", "entries",
    "splits", "blocked_splits",
)  # fmt: skip


@dataclass(frozen=True)
class Start:
    """All that a model in NumPy needs; float32 throughout, as in the library."""

    region: Region  # NumPy arrays as leaves
    numbers: SimpleNamespace  # parameters by name, Python floats
    exchange: sparse.csr_array  # P [place, place]
    closeness: sparse.csr_array  # K [place, place]
    reach: NDArray  # sum of K over neighbours, [place], 1 where there are none
    state: dict[str, NDArray]  # of one replicate: [place], [group], [group, place], [group, group] or [state]
    contact: NDArray  # [place]
    room: NDArray  # [place]
    endemic: NDArray  # [place]
    settled: NDArray  # deterrence at the start, [place]


def start(model: Model) -> Start:
    """The start of one replicate, without noise; parameters have one value for all replicates."""
    carry, constants = init(model, 1)
    one = jax.tree.map(lambda leaf: np.asarray(leaf)[..., 0], carry.state)
    state = {name: values for name, values in vars(one).items() if values is not None}
    state["members"], state["operators"] = state["members"].T.copy(), state["operators"].T.copy()
    closeness = problem.nearness(model.region)
    reach = np.asarray(closeness.sum(axis=1), np.float32)
    return Start(
        region=jax.tree.map(np.asarray, model.region),
        numbers=SimpleNamespace(**{name: float(value) for name, value in vars(model.params).items()}),
        exchange=problem.exchange(model.region),
        closeness=closeness,
        reach=np.where(reach > 0, reach, np.float32(1)),
        state=state,
        contact=np.asarray(constants.contact)[:, 0],
        room=np.asarray(constants.room)[:, 0],
        endemic=np.asarray(constants.endemic)[:, 0],
        settled=np.asarray(constants.deterrence)[:, 0],
    )
