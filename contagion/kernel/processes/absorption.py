"""Process 11, fourth channel: members of a disabled group join the rivals who are there."""

from dataclasses import replace

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.numerics.sums import over_other_groups
from contagion.kernel.numerics.tiles import within_places
from contagion.kernel.params import Params
from contagion.kernel.processes.relocation import EVERY
from contagion.kernel.state import State
from contagion.kernel.xla import sometimes

LEAST = 1e-6  # members under command, below which nobody is there


@jax.named_scope("absorption")
def absorption(
    state: State, commanded: Float[Array, "group replicate"], params: Params
) -> tuple[State, Float[Array, "group replicate"], Float[Array, "group replicate"]]:
    """Members leave a group at the rate alpha (1 - command_g) for the other groups in their place.

    They are shared out by members under command, S_hm command_h, so that who is disabled takes nobody in; where nobody
    else is, they stay. Takes what each group has `commanded`, its middle layer relative to the usual one. Persons are
    conserved. Assumed; after Felbab-Brown (2019), by whom another group fills the vacuum left by a disabled one without
    extensive violence.

    Returns the state, the members of each group that went to another, and those whom it took in.
    """
    leaving = -jnp.expm1(-EVERY * params.absorption * (1 - commanded))

    def join(before):
        members, _, _ = before
        left, _, (defected, absorbed) = within_places(_joined, (), (members,), (commanded, leaving))
        return left, defected, absorbed

    nothing = state.members, jnp.zeros_like(leaving), jnp.zeros_like(leaving)
    members, defected, absorbed = sometimes((leaving > 0).any(), join, nothing)
    return replace(state, members=members), defected, absorbed


def _joined(
    members: Float[Array, "place group replicate"],
    commanded: Float[Array, "group replicate"],
    leaving: Float[Array, "group replicate"],
) -> tuple[Array, tuple[()], tuple[Array, Array]]:
    """Members after some have gone over; those who went, and those who came."""
    led = members * commanded
    others = over_other_groups(led)
    gone = jnp.where(others >= LEAST, leaving * members, 0)
    offered = gone / jnp.maximum(others, LEAST)  # members per member under command of another group
    joined = led * over_other_groups(offered)
    return members - gone + joined, (), (gone, joined)
