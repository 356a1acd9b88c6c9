"""What is counted beside the state and changes nothing in it: extortion, attacks, money."""

from dataclasses import fields

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.numerics.sums import over_places
from contagion.kernel.params import Params
from contagion.kernel.processes.memory import annual_rate, extreme
from contagion.kernel.region import Region
from contagion.kernel.state import State
from contagion.kernel.units import WEEKS_OF_YEAR


def extortion(
    controlled: Float[Array, "place replicate"], controls: Controls, params: Params
) -> Float[Array, "place replicate"]:
    """Index of extortion: the share `controlled` by groups, times 1 + shift (1 - revenue) where revenue fell. Assumed.

    Groups that lose one source of money turn to another; 1 where they control all of a place with their usual revenue.
    """
    return controlled * (1 + params.extortion_shift * jnp.maximum(1 - controls.revenue, 0))


def attacks(state: State, controls: Controls, params: Params, region: Region) -> Float[Array, "place replicate"]:
    """Expected attacks, in proportion to rate / (rate + half) of homicides. Assumed.

    Exposed are officials and journalists everywhere, and those whom programmes expose.
    """
    violence = extreme(annual_rate(state.retaliation, region), params.trust_half)
    usual = params.exposed / 1000 * region.population[:, None]
    return params.attacks * violence * (usual + controls.ledger.exposed)


def spending(state: State, controls: Controls, params: Params, region: Region) -> Float[Array, " replicate"]:
    """Million dollars of a week: forces beyond those of the start, staff, and what programmes spend."""
    forces = over_places(state.military - region.military[:, None] + (state.police - region.police[:, None]))
    personnel = (forces + controls.ledger.staff) * params.personnel_cost / 1e6
    return (personnel + controls.ledger.spending) / WEEKS_OF_YEAR


def harms(
    fought: Float[Array, "place replicate"],
    killed_by_state: Float[Array, "group replicate"],
    confrontations: Float[Array, " replicate"],
    params: Params,
) -> dict[str, Float[Array, " replicate"]]:
    """Who disappears beside those killed in conflict, and who is killed or wounded in clashes. Assumed."""
    return dict(
        disappeared=params.disappearances * over_places(fought),
        civilians=params.civilians * killed_by_state.sum(axis=0),
        wounded=params.wounded_per_clash * confrontations,
    )


@jax.named_scope("booked")
def booked(
    state: State, controlled: Float[Array, "place replicate"], controls: Controls, params: Params, region: Region
) -> dict[str, Array]:
    """What is accounted for, by the name of its flow: what follows from the state, and what options report."""
    reported = (field.name for field in fields(Ledger) if field.name not in ("exposed", "spending"))
    return dict(
        extortion=extortion(controlled, controls, params),
        attacks=attacks(state, controls, params, region),
        spending=spending(state, controls, params, region),
        raids=jnp.where(controls.site > 0, jnp.ones_like(controls.site), 0),
        captures=jnp.where(controls.removal > 0, jnp.ones_like(controls.removal), 0),
        **{name: jnp.asarray(getattr(controls.ledger, name)) for name in reported},
    )
