"""Alternative livelihoods: legal income in crop areas."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions._areas import named_or_remote
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import area, number
from contagion.kernel.processes.memory import annual_rate
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class AlternativeLivelihoods(Option):
    """Lowers recruitment and illegal revenue in crop areas, over years, where there is security and access.

    The final reduction is share access / (1 + rate / safe_half), where rate is recorded homicides per 100,000 residents
    and year (Felbab-Brown 2019). Effect sizes are assumed.
    """

    effects = ("share", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    crops: str = area("the most remote places")
    remote_share: Float[Array, ""] = number("share of places", 0, 1)
    build_weeks: Int[Array, ""] = number("weeks", 1, 5200)
    share: Float[Array, ""] = number("share of recruitment and revenue", 0, 1)
    access: Float[Array, ""] = number("share of growers with roads and markets", 0, 1)
    safe_half: Float[Array, ""] = number("homicides per 100,000 and year of half the effect", 1e-3, 1e5)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def init_memory(self, region: Region, view: Observation) -> Float[Array, "place 1"]:
        """Crop areas."""
        return named_or_remote(region, self.crops, self.remote_share)

    def act(self, memory, view: Observation, region: Region, week: Int[Array, ""]):
        built = jnp.clip((week - self.start) / self.build_weeks, 0, 1)
        secure = 1 / (1 + annual_rate(view.recorded, region) / self.safe_half)
        reached = 1 - built * jnp.clip(memory, 0, 1) * self.share * self.access * secure
        return Controls(
            recruitment=reached, revenue=reached, ledger=Ledger(spending=(week >= self.start) * self.cost)
        ), memory
