"""The full model, every process on and no interventions, against NumPy, Numba and JAX's own sampler.

Ours is `contagion.kernel.ensemble` as `contagion.simulate` calls it, from the region at the start to flows and
stocks. The rivals get the start for nothing and leave out what interventions would change. With Poisson counts, the
cheapest for them; negative binomial counts, the default of a run, are drawn from gamma and Poisson in NumPy and Numba.
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float

from contagion.kernel.controls import Controls
from contagion.kernel.ensembles import CHUNK_SIZE, ensemble
from contagion.kernel.initial import Model, init
from contagion.kernel.numerics.random import replicate_keys, stream
from contagion.kernel.processes.intensity import intensity
from contagion.kernel.processes.shared_noise import shared_shock
from contagion.kernel.step import step
from experiments.speed import drawing, full_numpy, problem
from experiments.speed.start import start
from experiments.speed.timing import compared

SLOW = 256  # replicates that slow candidates have at most

Candidate = Callable[[int, int], object]


def ours(model: Model) -> Candidate:
    """The ensemble of the library, one recorded period."""
    return lambda replicates, weeks: list(ensemble(model, [(0, weeks)], replicates, seed=0))


def rejection(model: Model) -> Candidate:
    """The same with counts from `jax.random.poisson`.

    The library's step runs in full, and after it these counts are drawn from the intensity it leaves: what is timed
    holds the library's own draw as well, a small part of the other.
    """

    @partial(jax.jit, static_argnames="chunk_size")
    def chunk(model: Model, keys, weeks, chunk_size) -> Float[Array, "place replicate"]:
        carry, constants = init(model, chunk_size, keys)
        controls = Controls().ranked(carry.state.shock.dtype)

        def week(number, carried):
            state, totals, total = carried
            drawn, given = stream(keys, number), (controls, constants, model.params, model.region)
            state, totals, record, _ = step(state, totals, *given, number, drawn)
            fought = record.conflict_homicides, record.clash_homicides
            own, following = intensity(state, *fought, constants, model.params, model.region)
            mean = own * shared_shock(state, model.params, model.region) + following
            return state, totals, total + drawing.rejection(drawn, mean, model.params.dispersion)

        first = carry.state, carry.totals, jnp.zeros_like(carry.state.recent)
        return jax.lax.fori_loop(0, weeks, week, first)[-1]

    def run(replicates: int, weeks: int) -> jax.Array:
        chunk_size = min(CHUNK_SIZE, replicates)
        keys = replicate_keys(0, jnp.arange(replicates), "threefry")
        parts = [
            chunk(model, keys[low : low + chunk_size], weeks, chunk_size) for low in range(0, replicates, chunk_size)
        ]
        return jnp.concatenate(parts, axis=-1)

    return run


def candidates(model: Model) -> dict[str, Candidate]:
    """All candidates by name; Numba where it is installed, JAX's sampler where counts are Poisson."""
    given = start(model)
    found: dict[str, Candidate] = {"contagion": ours(model), "numpy": partial(full_numpy.run, given)}
    if float(np.max(model.params.dispersion)) == 0:
        found["contagion, jax.random.poisson"] = rejection(model)
    try:
        from experiments.speed import full_numba
    except ImportError:
        print("numba is left out: it is not installed (pip install 'contagion[speed]')")
        return found
    return found | {"numba": partial(full_numba.run, given)}


def table(sizes: problem.Sizes) -> pd.DataFrame:
    """A row per number of replicates and candidate, nanoseconds per replicate, place and step."""
    region, rows = problem.atlas(sizes).region, []
    middle = sizes.replicates[len(sizes.replicates) // 2]
    cases = [(replicates, 0.0) for replicates in sizes.replicates] + [(middle, problem.DISPERSION)]
    runs = {dispersion: candidates(problem.model(region, dispersion=dispersion)) for _, dispersion in cases}
    for replicates, dispersion in cases:
        weeks = sizes.weeks if replicates < SLOW else max(sizes.weeks // 2, 1)
        chosen = {
            name: partial(run, replicates, weeks)
            for name, run in runs[dispersion].items()
            if replicates <= SLOW or "jax.random" not in name
        }
        units = replicates * weeks * len(region.population)
        for row in compared(chosen, sizes.repetitions, units, "contagion"):
            counts = "negative binomial" if dispersion else "Poisson"
            rows.append(dict(replicates=replicates, weeks=weeks, counts=counts, groups=len(region.members), **row))
    return pd.DataFrame(rows)
