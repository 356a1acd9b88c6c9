"""High-value targeting."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions._targeting import rank
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class Kingpin(Option):
    """Captures or kills leaders of the groups to which most killings are attributed.

    Every `every` weeks the leadership integrity of one group falls by `severity`, cycling through the first `breadth`
    groups. Of 122 designated targets 120 were caught and violence increased (Felbab-Brown 2019); homicides rose by 36 %
    in the municipality of a capture in the following 6 months (Calderon et al. 2015). The size of the effect on a whole
    country is assumed.
    """

    effects = ("severity", "cost", "staff")

    start: Int[Array, ""] = number("week", 0, 5200)
    every: Int[Array, ""] = number("weeks", 1, 5200)
    severity: Float[Array, ""] = number("share of leadership integrity", 0, 1)
    killing: Float[Array, ""] = number("share killed rather than captured", 0, 1)
    breadth: Int[Array, ""] = number("groups", 1, 64)
    staff: Float[Array, ""] = number("persons", 0, 1_000_000)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        elapsed = week - self.start
        strikes = (elapsed >= 0) & (elapsed % self.every == 0)
        turn = (elapsed // self.every) % jnp.minimum(self.breadth, view.attributed.shape[0])
        struck = strikes & (rank(view.attributed) == turn)
        active = elapsed >= 0
        controls = Controls(
            removal=struck * self.severity,
            killing=struck * (self.severity > 0) * self.killing,
            ledger=Ledger(staff=active * self.staff, spending=active * self.cost),
        )
        return controls, memory
