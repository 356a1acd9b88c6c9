"""Legal markets for drugs."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions._areas import named_or_remote
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import area, choice, number
from contagion.kernel.intervention import Intervention
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class Legalisation(Intervention):
    """Moves a share of criminal revenue to a legal market, as far as the rule of law lets it.

    *Marijuana* is sold everywhere, *poppy* licensed in crop areas. Of the legal trade a share is diverted, a quarter in
    India and next to none with poppy straw, and groups tax the rest where police are not capable; a short rise of
    fighting is possible. Prices fall and consumption rises with them, (1 - fall)^-elasticity (Felbab-Brown 2019;
    Gautreau 2014). The share, 0.15 to 0.6, and all else are assumed.
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
        """Where the trade is."""
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
