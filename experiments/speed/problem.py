"""What all candidates compute: regions, parameters, and sparse matrices of neighbours."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

import contagion
from contagion.kernel.initial import Model
from contagion.kernel.region import Region
from contagion.parameters.presets import load_params
from contagion.parameters.scaling import at_scale, concentration
from contagion.regions import territories
from contagion.regions.atlas import MEMBERS_OF_LAW
from contagion.regions.neighbours import closeness, padded

CELL_KM, SCALE_KM = 20.0, 50.0
RESIDENTS, MEMBERS_PER_RESIDENT = 50_000.0, 1e-3
HOMICIDES = 22 / 1e5 / 52.1775  # per resident and week
HOSTILITY = 0.328  # mean weighted by members
DISPERSION = 0.1  # of counts, the default of a run
WITHOUT_SWEEPS: dict[str, Any] = dict(
    command_effect=0.0, absorption=0.0, entry_vacuum=0.0, corruption=0.0, police_elasticity=0.0
)  # what options set off, rivals leave out


@dataclass(frozen=True)
class Sizes:
    """How much is computed: the whole benchmark, or as little as shows that it runs."""

    replicates: tuple[int, ...]
    weeks: int  # of one timed run
    repetitions: int
    places: tuple[int, ...]  # of the series over places
    groups: tuple[int, ...]  # of the series over groups
    pairs: int  # replicates of the paired comparison of strategies
    startups: int
    memory: tuple[int, int]  # replicates and weeks of the run whose peak memory is taken
    small: bool  # a lattice of 36 places in place of Mexico's


FULL = Sizes(
    replicates=(1, 16, 256, 1024),
    weeks=52,
    repetitions=5,
    places=(500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000),
    groups=(1, 2, 4, 8, 16, 32, 64),
    pairs=512,
    startups=5,
    memory=(1024, 520),
    small=False,
)
TINY = Sizes(  # of one shape wherever possible, to compile little
    replicates=(8,),
    weeks=4,
    repetitions=1,
    places=(16, 36),
    groups=(2, 3),
    pairs=8,
    startups=1,
    memory=(8, 4),
    small=True,
)


def lattice(places: int, groups: int) -> Region:
    """Squares in one state that touch up to eight others; as near to square as a whole number of columns allows.

    Built from indices alone: polygons of 50,000 places would take longer than all that is measured on them.
    """
    columns = max(1, round(places**0.5))
    row, column = np.divmod(np.arange(places), columns)
    centres = CELL_KM * np.column_stack([column, -row]).astype(float)
    focal, other = [], []
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            target = np.arange(places) + down * columns + right
            inside = (target >= 0) & (target < places) & (column + right >= 0) & (column + right < columns)
            if down or right:
                focal.append(np.flatnonzero(inside))
                other.append(target[inside])
    ends = np.concatenate(focal), np.concatenate(other)
    touching = sparse.csr_array((np.ones(len(ends[0])), ends), shape=(places, places))
    population = np.full(places, RESIDENTS)
    members = territories.discs(centres, population, groups, MEMBERS_PER_RESIDENT * population.sum())
    hostility, total = territories.hostility(groups), members.sum(axis=1)
    law = total @ hostility @ total
    arrays = {
        "population": population,
        "homicides": population * HOMICIDES,
        "members": members,
        "hostility": hostility * (HOSTILITY * total.sum() ** 2 / law if law else 1),
        "military": population * 0.3e-3,
        "police": population * 2.8e-3,
        "capability": np.full(places, 0.35),
        "vulnerability": np.ones(places),
        "strategic": (np.arange(places) % 50 == 0).astype(float),
        "easting": centres[:, 0],
        "northing": centres[:, 1],
    }
    return Region(
        **{name: np.asarray(values, np.float32) for name, values in arrays.items()},  # pyright: ignore[reportArgumentType]
        **padded(touching, closeness(touching, centres, SCALE_KM), population),  # pyright: ignore[reportArgumentType]
        province=np.zeros(places, np.int32),  # pyright: ignore[reportArgumentType]
        provinces=1,
    )


def atlas(sizes: Sizes) -> contagion.Atlas:
    """The 2,469 schematic municipalities with eight slots of groups, or a lattice of 36 places with four."""
    if sizes.small:
        return contagion.load_region("lattice", rows=6, columns=6, groups=4)
    return contagion.load_region("schematic")


def model(region: Region, dispersion: float = DISPERSION) -> Model:
    """The full model, every process on, without interventions; Poisson counts where `dispersion` is 0."""
    scale = float(np.sum(region.members)) / MEMBERS_OF_LAW
    params = load_params(dispersion=dispersion, **WITHOUT_SWEEPS)
    return Model(region, at_scale(params, scale, concentration(region.members)), ())


def matrix(region: Region, columns: NDArray, tail: NDArray) -> sparse.csr_array:
    """Neighbours as a SciPy matrix: `columns` and `tail` are the region's weights or its closeness."""
    places, width = columns.shape
    used = np.asarray(columns).ravel() > 0
    focal = np.concatenate([np.repeat(np.arange(places), width)[used], region.tail_place])
    other = np.concatenate([np.asarray(region.neighbours).ravel()[used], region.tail_neighbour])
    values = np.concatenate([np.asarray(columns).ravel()[used], tail]).astype(np.float32)
    return sparse.csr_array((values, (focal, other)), shape=(places, places))


def weights(region: Region) -> sparse.csr_array:
    """Row-standardised W."""
    return matrix(region, np.asarray(region.weights), np.asarray(region.tail_weight))


def exchange(region: Region) -> sparse.csr_array:
    """P, by which what spills over arrives in places."""
    moved = matrix(region, np.asarray(region.exchange), np.asarray(region.tail_exchange))
    return sparse.csr_array(moved + sparse.diags_array(np.asarray(region.staying, np.float32)))


def nearness(region: Region) -> sparse.csr_array:
    """Symmetric closeness K."""
    return matrix(region, np.asarray(region.closeness), np.asarray(region.tail_closeness))
