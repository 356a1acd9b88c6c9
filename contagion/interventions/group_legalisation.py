"""Legalisation of groups that keep their identity and leave crime."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.interventions._targeting import rank
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class GroupLegalisation(Option):
    """The least violent groups become legal associations: they stop fighting, and members leave crime week by week.

    The groups chosen at `start` are those with the fewest attributed killings above 0. The number of members who leave
    depends on social inclusion, which has a cost. After the gangs of Ecuador (Freeman and Casij Pena 2022). Effect
    sizes are assumed.
    """

    effects = ("departure", "calm", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    breadth: Int[Array, ""] = number("groups", 1, 256)
    departure: Float[Array, ""] = number("share of their members per week", 0, 1)
    inclusion: Float[Array, ""] = number("share of those leaving whom social inclusion reaches", 0, 1)
    calm: Float[Array, ""] = number("share of hostility with these groups", 0, 1)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def init_memory(self, region: Region, view: Observation) -> Bool[Array, "group replicate"]:
        """Groups that have become legal."""
        return jnp.zeros_like(view.attributed, bool)

    def act(self, memory, view: Observation, region: Region, week: Int[Array, ""]):
        known = jnp.where(view.attributed > 0, -view.attributed, -jnp.inf)
        chosen = (rank(known) < self.breadth) & (view.attributed > 0)
        legal = jnp.where(week == self.start, chosen, memory)
        either = legal[:, None] | legal
        controls = Controls(
            departure=legal * self.departure * self.inclusion,
            hostility=1 - self.calm * either,
            ledger=Ledger(spending=(week >= self.start) * self.cost),
        )
        return controls, legal
