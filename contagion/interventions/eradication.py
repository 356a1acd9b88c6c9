"""Eradication of crops."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions._areas import named_or_remote
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import area, number
from contagion.kernel.numerics.sums import neighbour_mean
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class Eradication(Option):
    """Cuts the revenue of crops, makes their areas less secure, and drives farmers to groups and crops to neighbours.

    A share `displaced` of the destroyed crops is grown in neighbouring places. Growers seek protection: recruitment
    rises where crops are destroyed, the political capital of groups (Felbab-Brown 2019). Effect sizes are assumed.
    """

    effects = ("cut", "insecurity", "capital", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    crops: str = area("the most remote places")
    remote_share: Float[Array, ""] = number("share of places", 0, 1)
    cut: Float[Array, ""] = number("share of criminal revenue there", 0, 1)
    displaced: Float[Array, ""] = number("share of it that moves next door", 0, 1)
    insecurity: Float[Array, ""] = number("share added to fighting there", 0, 10)
    capital: Float[Array, ""] = number("share added to recruitment there", 0, 10)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def init_memory(self, region: Region, view: Observation) -> Float[Array, "place 1"]:
        """Crop areas."""
        return named_or_remote(region, self.crops, self.remote_share)

    def act(self, memory, view: Observation, region: Region, week: Int[Array, ""]):
        active = week >= self.start
        destroyed = active * jnp.clip(memory, 0, 1)
        gained = self.cut * self.displaced * (1 - destroyed) * neighbour_mean(region, destroyed)
        controls = Controls(
            revenue=1 - self.cut * destroyed + gained,
            fighting=1 + self.insecurity * destroyed,
            recruitment=1 + self.capital * destroyed,
            ledger=Ledger(spending=active * self.cost),
        )
        return controls, memory
