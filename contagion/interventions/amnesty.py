"""Amnesty for members who leave crime."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from contagion.interventions._targeting import rank
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import choice, number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class Amnesty(Option):
    """Members leave crime, one by one or as whole groups.

    In an *individual* amnesty a share `departure` of the eligible members of every group leaves each week; their
    disclosures increase arrests. A *collective* amnesty applies to all members of the `breadth` groups with most
    attributed killings, without disclosure, and its precedent increases recruitment. A share of those who leave
    returns, and former associates kill some (`params.retribution`). After Felbab-Brown (2019); effect sizes are
    assumed.
    """

    effects = ("departure", "disclosure", "precedent", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    duration: Int[Array, ""] = number("weeks", 0, 5200)
    kind: str = choice("individual", "collective")
    departure: Float[Array, ""] = number("share of the eligible per week", 0, 1)
    eligible: Float[Array, ""] = number("share of members", 0, 1)
    recidivism: Float[Array, ""] = number("share of those who left", 0, 1)
    disclosure: Float[Array, ""] = number("share added to arrests", 0, 10)
    breadth: Int[Array, ""] = number("groups", 1, 256)
    precedent: Float[Array, ""] = number("share added to recruitment", 0, 10)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        open_now = (week >= self.start) & (week < self.start + self.duration)
        gone = open_now * self.departure * (1 - self.recidivism)
        spending = open_now * self.cost
        if self.kind == "individual":
            told = 1 + open_now * self.disclosure
            return Controls(
                departure=gone * self.eligible, incapacitation=told, ledger=Ledger(spending=spending)
            ), memory
        whole = rank(view.attributed) < self.breadth
        drawn_in = 1 + open_now * self.precedent * jnp.ones_like(region.population)[:, None]
        return Controls(departure=gone * whole, recruitment=drawn_in, ledger=Ledger(spending=spending)), memory
