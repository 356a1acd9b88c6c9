"""How much groups fight in each place at the start, from which conflict follows for good."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.numerics.sums import over_groups, over_places
from contagion.kernel.params import Params
from contagion.kernel.processes.conflict import pressure, rivals
from contagion.kernel.region import Region
from contagion.kernel.state import State

STEPS = 20  # of Newton's method for contact: far more than it takes
FULLEST = 0.9  # share of its room with which a place may start (assumed)
HIGHEST = 100.0  # contact relative to that without end of room
TINY = 1e-30  # in place of zero below a fraction: slopes are as small as the few members of a place, squared


def contact_and_room(
    params: Params,
    region: Region,
    state: State,
    first: Float[Array, "place replicate"],
    free: Float[Array, "place replicate"],
) -> tuple[Float[Array, "place replicate"], Float[Array, "place replicate"], Float[Array, " replicate"]]:
    """Contact, room, and homicides per casualty, by which the start is that of the record and of the national law.

    Of homicides that follow from no other, `first`, a share is by conflict; members die as the law has it, theta
    sum_gh H_gh C_g C_h; so many homicides there are per casualty, at least one. Room is the most that a member loses:
    at the start what is neither contagion nor endemic at least, `free`, shared over the members of the place, S_m;
    where nobody is, over as many as a usual place has (assumed). Without any fighting contact is theta.

    Where deaths by rivalry are on record, each place has its own share. Where none are, contact is `by_law`.
    """
    members, totals = over_groups(state.members), over_places(state.members)
    country = totals.sum(axis=0)
    faced = country * rivals(state.hostility, state.members, totals, totals, jnp.maximum(members, TINY), params)
    fought = over_groups(state.members * faced)
    law = params.conflict * over_groups(totals[None] * pressure(state.hostility, totals[None]))[0]
    everyone = over_places(fought)
    least = jnp.where(everyone > 0, law / jnp.where(everyone > 0, everyone, 1), params.conflict)
    usual = country / jnp.maximum((members > 0).sum(axis=0), 1)
    sharing = jnp.where(members > 0, members, jnp.where(usual > 0, usual, 1))

    share = params.conflict_share if region.rivalry is None else region.rivalry[:, None]
    wanted = jnp.where(fought > 0, jnp.minimum(share * first, FULLEST * free), 0)
    per_casualty = jnp.maximum(over_places(wanted) / jnp.where(law > 0, law, jnp.inf), 1)  # a member killed is one
    most = free / per_casualty / sharing
    if region.rivalry is None:
        contact = by_law(law, least, state.members, faced, most)
    else:
        contact = jnp.where(fought > 0, by_rivalry(wanted / per_casualty, state.members, faced, most), least)
    return contact, most / jnp.where(country > 0, country, 1), per_casualty


def lost(
    contact: Float[Array, "*place replicate"],
    members: Float[Array, "place group replicate"],
    faced: Float[Array, "place group replicate"],
    most: Float[Array, "place replicate"],
) -> Float[Array, "place replicate"]:
    """Members that places lose by their contact, no member more than there is room for."""
    return over_groups(members * jnp.minimum(contact[..., None, :] * faced, most[:, None]))


def by_law(
    law: Float[Array, " replicate"],
    least: Float[Array, " replicate"],
    members: Float[Array, "place group replicate"],
    faced: Float[Array, "place group replicate"],
    most: Float[Array, "place replicate"],
) -> Float[Array, "place replicate"]:
    """Contact theta' / (1 + u / r), with the theta' by which the country has the casualties of the law.

    u is what theta' would cause in a place and r, `most`, its room, so that no place starts full. `least` is the
    theta' of rooms without end. Where room does not allow the law, it is as near as can be.
    """
    usually = over_groups(members * faced) / jnp.maximum(over_groups(members), TINY)

    def fitting(contact):
        return contact / (1 + contact * usually / jnp.maximum(most, TINY))

    return fitting(raised(lambda contact: over_places(lost(fitting(contact), members, faced, most)), law, least))


def by_rivalry(
    wanted: Float[Array, "place replicate"],
    members: Float[Array, "place group replicate"],
    faced: Float[Array, "place group replicate"],
    most: Float[Array, "place replicate"],
) -> Float[Array, "place replicate"]:
    """Contact by which each place loses as many members as it is `wanted` to, or as near as room allows."""
    fought = over_groups(members * faced)
    least = wanted / jnp.where(fought > 0, fought, 1)
    return raised(lambda contact: lost(contact, members, faced, most), wanted, least)


def raised(
    losses: Callable[[Float[Array, "*place replicate"]], Float[Array, "*place replicate"]],
    wanted: Float[Array, "*place replicate"],
    least: Float[Array, "*place replicate"],
) -> Float[Array, "*place replicate"]:
    """Contact that causes the losses `wanted`, from the `least` that may do so.

    Newton's method, which comes from below as losses are concave in contact.
    """

    def step(_, contact):
        found, slope = jax.jvp(losses, (contact,), (jnp.ones_like(contact),))
        return jnp.clip(contact + (wanted - found) / jnp.maximum(slope, TINY), least, HIGHEST * least)

    return jax.lax.fori_loop(0, STEPS, step, least)
