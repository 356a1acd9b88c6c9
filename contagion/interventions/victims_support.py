"""Registration and compensation of victims."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class VictimsSupport(Option):
    """Registers and compensates victims and the displaced; trust recovers, after lags (Gautreau 2014).

    There is no effect until the law is approved and funded; its enforcement then expands over time (Kalmanovitz and
    Bradley 2023). Effect sizes are assumed.
    """

    effects = ("support", "cost", "staff")

    start: Int[Array, ""] = number("week", 0, 5200)
    approval_weeks: Int[Array, ""] = number("weeks", 0, 5200)
    funding_weeks: Int[Array, ""] = number("weeks", 0, 5200)
    enforcement_weeks: Int[Array, ""] = number("weeks", 1, 5200)
    support: Float[Array, ""] = number("share of the gap per week where it is enforced", 0, 1)
    staff: Float[Array, ""] = number("persons", 0, 1_000_000)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        funded = week - self.start - self.approval_weeks - self.funding_weeks
        enforced = jnp.clip((funded + 1) / self.enforcement_weeks, 0, 1)
        active = funded >= 0
        controls = Controls(
            support=enforced * self.support, ledger=Ledger(staff=active * self.staff, spending=active * self.cost)
        )
        return controls, memory
