"""Justice reform: prosecution that leads to convictions."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class JusticeReform(Option):
    """Impunity falls over years; deterrence follows conviction, not arrest alone (`params.conviction_effect`).

    The initial impunity is 98 % (Felbab-Brown 2019). The size and speed of its fall are assumed.
    """

    effects = ("share", "cost", "staff")

    start: Int[Array, ""] = number("week", 0, 5200)
    build_weeks: Int[Array, ""] = number("weeks", 1, 5200)
    share: Float[Array, ""] = number("share of impunity removed in the end", 0, 1)
    staff: Float[Array, ""] = number("persons", 0, 1_000_000)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        built = jnp.clip((week - self.start) / self.build_weeks, 0, 1)
        active = week >= self.start
        return Controls(
            impunity=1 - built * self.share, ledger=Ledger(staff=active * self.staff, spending=active * self.cost)
        ), memory
