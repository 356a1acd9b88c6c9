"""Command: what a group can do with its members, as far as its middle layer leads them."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.numerics.fractions import ratio
from contagion.kernel.params import Params

WHOLE = 0.999  # of the usual middle layer: more is whole


def command(
    members: Float[Array, "group replicate"], operators: Float[Array, "group replicate"], params: Params
) -> Float[Array, "group replicate"]:
    """min(O_g / (0.999 x* S_g), 1): the middle layer of a group relative to the usual one, 1 without members.

    One that lacks a thousandth is whole: what groups gain in one place and lose in another leaves less than that, which
    is nobody's weakness. Takes the members and operators of each group everywhere.
    """
    usual = WHOLE * params.operator_share * members
    return jnp.minimum(ratio(operators, usual, 1), 1)


def strength(commanded: Float[Array, "group replicate"], params: Params) -> Float[Array, "group replicate"]:
    """Effective members per member, command^kappa: what a group without its middle layer can still do. Assumed.

    At kappa = 0, `command_effect`, a group fights as before, whatever becomes of its operators (Felbab-Brown 2019 has
    that arresting most of the middle layer at once disables a group).
    """
    return commanded**params.command_effect
