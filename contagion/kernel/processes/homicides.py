"""Process 13: homicides are counted."""

from jaxtyping import Array, Float, Key

from contagion.kernel.numerics.count_sampling import counts
from contagion.kernel.numerics.random import bits
from contagion.kernel.params import Params
from contagion.kernel.processes.shared_noise import next_noise, shared_shock
from contagion.kernel.region import Region
from contagion.kernel.state import State


def homicides(
    state: State,
    expected: Float[Array, "place replicate"],
    following: Float[Array, "place replicate"],
    params: Params,
    region: Region,
    noise_keys: Key[Array, " replicate"] | None,
    count_keys: Key[Array, " replicate"] | None,
) -> tuple[State, Float[Array, "place replicate"]]:
    """Draw counts around `expected` homicides times the shared shock, and those `following` from earlier ones.

    Shocks multiply the level and not the feedback: whatever they are, a homicide leads to as many as without them.
    Without keys, the expectations themselves.

    Returns the state with the shocks of this week, and the homicides in persons.
    """
    if noise_keys is None or count_keys is None:
        return state, expected + following
    state = next_noise(state, noise_keys, params)
    mean = expected * shared_shock(state, params, region) + following
    return state, counts(bits(count_keys, len(mean)), mean, params.dispersion)
