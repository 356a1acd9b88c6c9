"""One week: the processes of the model in their order."""

import jax
from jaxtyping import Array, Int, Key

from contagion.interventions import Intervention, Memory
from contagion.processes.conflict import conflict
from contagion.processes.counts import counts
from contagion.processes.incapacitation import incapacitation
from contagion.processes.intensity import intensity, next_noise, shared_shock
from contagion.processes.leadership import leadership
from contagion.processes.memory import attributed, deploy, guesses, remember
from contagion.processes.observe import observe
from contagion.processes.operators import operators
from contagion.processes.recruitment import recruitment
from contagion.processes.saturation import saturation
from contagion.state import Background, Controls, Params, Record, Region, State

# One stream of random numbers per process that draws.
COUNTS, NOISE, ATTRIBUTION = 0, 1, 2


def control(
    interventions: tuple[Intervention, ...],
    memories: tuple[Memory, ...],
    state: State,
    params: Params,
    region: Region,
    week: Int[Array, ""],
) -> tuple[Controls, tuple[Memory, ...]]:
    """Processes 1 and 2: every intervention acts on what it sees, and what they do combines.

    The barrier keeps the compiler from specialising the processes behind it to a strategy: arithmetic is the
    same, to the bit, whatever the interventions are.
    """
    view = observe(state, params, region)
    controls, remembered = Controls(), []
    for intervention, memory in zip(interventions, memories, strict=True):
        returned, kept = intervention.act(memory, view, region, week)
        controls = controls.combine(returned)
        remembered.append(kept)
    return jax.lax.optimization_barrier(controls.full(state)), tuple(remembered)


def step(
    state: State,
    controls: Controls,
    background: Background,
    params: Params,
    region: Region,
    keys: Key[Array, " replicate"] | None,
) -> tuple[State, Record]:
    """Processes 3 to 14. `keys` holds one key per replicate and week; None is the deterministic mode."""
    state = deploy(state, controls, region, params)
    state = leadership(state, controls, params)
    state, recruits = recruitment(state, params, region)
    state, incapacitated, convicted = incapacitation(state, params, region)
    state, killed = conflict(state, background, params, region)
    state, dropouts = saturation(state, params)
    state, swept = operators(state, controls, params)

    conflict_homicides, killed_of_group = killed.sum(axis=1), killed.sum(axis=0)
    homicides = intensity(state, conflict_homicides, background, params, region)
    if keys is not None:
        state = next_noise(state, _stream(keys, NOISE), params)
        mean = homicides * shared_shock(state, params, region)
        draw = jax.vmap(lambda key: jax.random.uniform(key, mean.shape[:1], mean.dtype), out_axes=-1)
        homicides = counts(draw(_stream(keys, COUNTS)), mean, params.dispersion)

    guessed = guesses(state, None if keys is None else _stream(keys, ATTRIBUTION))
    killings = attributed(killed_of_group, guessed, params)
    state = remember(state, homicides, conflict_homicides, killings, params, region)
    return state, Record(
        homicides=homicides,
        conflict_homicides=conflict_homicides,
        recruits=recruits,
        incapacitated=incapacitated,
        convicted=convicted,
        killed=killed_of_group,
        dropouts=dropouts,
        swept=swept,
    )


def _stream(keys: Key[Array, " replicate"], process: int) -> Key[Array, " replicate"]:
    return jax.vmap(jax.random.fold_in, (0, None))(keys, process)
