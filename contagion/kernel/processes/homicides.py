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
    params: Params,
    region: Region,
    noise_keys: Key[Array, " replicate"] | None,
    count_keys: Key[Array, " replicate"] | None,
) -> tuple[State, Float[Array, "place replicate"], float]:
    """Draw counts around `expected` homicides times the shared shock; without keys, the expectations themselves.

    Returns the state with the shocks of this week, the homicides in persons, and 1, the factor of what is expected.
    """
    if noise_keys is None or count_keys is None:
        return state, expected, 1.0
    state = next_noise(state, noise_keys, params)
    mean = expected * shared_shock(state, params, region)
    return state, counts(bits(count_keys, len(mean)), mean, params.dispersion), 1.0


def anchored_homicides(
    anchor: AnchorOfWeek,
    constants: Constants,
    state: State,
    expected: Float[Array, "place replicate"],
    params: Params,
    region: Region,
    noise_keys: Key[Array, " replicate"] | None,
    count_keys: Key[Array, " replicate"] | None,
) -> tuple[State, Float[Array, "place replicate"], Float[Array, "place replicate"]]:
    """Draw counts around the levels of an anchor; what was `expected` is what contagion remembers.

    Counts persist by their levels and not by contagion: what follows from a homicide is part of the mechanism's
    expectation, E <- E + (expected - E) / tau_E. Shocks are those of the levels.

    Returns the state, the homicides in persons, and the factor by which they are expected to exceed the mechanism's.
    """
    del region, noise_keys
    mean = anchored(expected, anchor, constants)
    assert state.excitation is not None
    kept = state.excitation + (expected - state.excitation) / params.retaliation_weeks
    state = replace(state, excitation=kept)
    counted = mean if count_keys is None else counts(bits(count_keys, len(mean)), mean, anchor.dispersion)
    return state, counted, ratio(mean, expected)
