"""Process 13: homicides are counted."""

from dataclasses import replace

from jaxtyping import Array, Float, Key

from contagion.kernel.numerics.count_sampling import counts
from contagion.kernel.numerics.random import bits
from contagion.kernel.params import Params
from contagion.kernel.processes.anchor import AnchorOfWeek, anchored, ratio
from contagion.kernel.processes.shared_noise import next_noise, shared_shock
from contagion.kernel.region import Constants, Region
from contagion.kernel.state import State


def homicides(
    state: State,
    expected: Float[Array, "place replicate"],
    following: Float[Array, "place replicate"],
    params: Params,
    region: Region,
    noise_keys: Key[Array, " replicate"] | None,
    count_keys: Key[Array, " replicate"] | None,
) -> tuple[State, Float[Array, "place replicate"], float]:
    """Draw counts around `expected` homicides times the shared shock, and those `following` from earlier ones.

    Shocks multiply the level and not the feedback: whatever they are, a homicide leads to as many as without them.
    Without keys, the expectations themselves.

    Returns the state with the shocks of this week, the homicides in persons, and 1, the factor of what is expected.
    """
    if noise_keys is None or count_keys is None:
        return state, expected + following, 1.0
    state = next_noise(state, noise_keys, params)
    mean = expected * shared_shock(state, params, region) + following
    return state, counts(bits(count_keys, len(mean)), mean, params.dispersion), 1.0


def anchored_homicides(
    anchor: AnchorOfWeek,
    constants: Constants,
    state: State,
    expected: Float[Array, "place replicate"],
    following: Float[Array, "place replicate"],
    params: Params,
    region: Region,
    noise_keys: Key[Array, " replicate"] | None,
    count_keys: Key[Array, " replicate"] | None,
) -> tuple[State, Float[Array, "place replicate"], Float[Array, "place replicate"]]:
    """Draw counts around the levels of an anchor; contagion remembers what is expected, and not what is counted.

    Counts persist by their levels and not by contagion: what is `following` from a homicide is part of the mechanism's
    expectation, E <- E + (expected + following - E) / tau_E. Shocks are those of the levels.

    Returns the state, the homicides in persons, and the factor by which they are expected to exceed the mechanism's.
    """
    del region, noise_keys
    every = expected + following
    mean = anchored(every, anchor, constants)
    assert state.excitation is not None
    kept = state.excitation + (every - state.excitation) / params.retaliation_weeks
    state = replace(state, excitation=kept)
    counted = mean if count_keys is None else counts(bits(count_keys, len(mean)), mean, anchor.dispersion)
    return state, counted, ratio(mean, every)
