"""Legalisation of drug markets."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions._areas import named_or_remote
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import area, choice, number
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class Legalisation(Option):
    """Moves a share of criminal revenue to a legal market, as far as the rule of law lets it.

    *Marijuana* is legal everywhere, *poppy* is licensed in crop areas. A share of the legal trade is diverted (a
    quarter in India, almost none with poppy straw), and groups tax the rest where police capability is low; a short
    rise in fighting is possible. Prices fall and consumption rises by (1 - fall)^-elasticity (Felbab-Brown 2019;
    Gautreau 2014). The share, 0.15 to 0.6, and all other sizes are assumed.
    """

    effects = ("share", "spike", "price_fall", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    drug: str = choice("marijuana", "poppy")
    crops: str = area("the most remote places")
    remote_share: Float[Array, ""] = number("share of places", 0, 1)
    share: Float[Array, ""] = number("share of criminal revenue", 0, 1)
    diversion: Float[Array, ""] = number("share of the legal trade", 0, 1)
    taxed: Float[Array, ""] = number("share of the legal trade where police have no capability", 0, 1)
    spike: Float[Array, ""] = number("share added to fighting", 0, 10)
    spike_weeks: Int[Array, ""] = number("weeks", 0, 5200)
    price_fall: Float[Array, ""] = number("share of the price", 0, 0.95)
    elasticity: Float[Array, ""] = number("of consumption to price", 0, 5)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def init_memory(self, region: Region, view: Observation) -> Float[Array, "place 1"]:
        """Areas of the trade."""
        if self.drug == "marijuana":
            return jnp.ones_like(view.recorded[:, :1])
        return named_or_remote(region, self.crops, self.remote_share)

    def act(self, memory, view: Observation, region: Region, week: Int[Array, ""]):
        elapsed = week - self.start
        legal = elapsed >= 0
        untaxed = 1 - self.taxed * (1 - view.capability)
        moved = legal * memory * self.share * (1 - self.diversion) * untaxed
        unsettled = legal & (elapsed < self.spike_weeks)
        controls = Controls(
            revenue=1 - moved,
            fighting=1 + unsettled * self.spike * memory,
            ledger=Ledger(consumption=(1 - legal * self.price_fall) ** -self.elasticity, spending=legal * self.cost),
        )
        return controls, memory
