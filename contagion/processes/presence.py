"""State presence: how thick forces are on the ground."""

from jaxtyping import Array, Float

from contagion.state import Region, State


def presence(state: State, region: Region) -> Float[Array, "place replicate"]:
    """Effective personnel per 1,000 residents: military, and police as far as they are capable."""
    return 1000 * (state.military + state.capability * state.police) / region.population[:, None]
