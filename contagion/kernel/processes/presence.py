"""State presence: how thick forces are on the ground."""

from jaxtyping import Array, Float

from contagion.kernel.region import Region
from contagion.kernel.state import State


def personnel(state: State) -> Float[Array, "place replicate"]:
    """Effective personnel: military, and police as far as they are capable, persons."""
    return state.military + state.capability * state.police


def presence(state: State, region: Region) -> Float[Array, "place replicate"]:
    """Effective personnel per 1,000 residents."""
    return 1000 * personnel(state) / region.population[:, None]
