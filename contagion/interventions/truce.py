"""A truce between groups."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from contagion.interventions._targeting import average_capability, by_chance, rank
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class Pledge(eqx.Module):
    """Signatories and state of the truce."""

    signed: Bool[Array, "group replicate"]
    holds: Float[Array, " replicate"]  # 1 while it holds; its probability in the deterministic mode
    unsettled: Float[Array, " replicate"]  # 1 when it has just ended, decaying afterwards


class Truce(Option):
    """Hostility among the groups that sign falls until the truce ends or breaks, then rebounds above its old level.

    At `start` the `breadth` groups with most attributed killings sign. The truce breaks with hazard h (1 + o outsiders)
    (1 - enforcement) (1 - i incentive), where outsiders is the share of killings attributed to other groups, initially
    higher with fewer signatories, and enforcement is the population-weighted mean police capability: a credible threat
    and incentives are both needed, and three of seven gangs were not enough (Freeman and Casij Pena 2022). In El
    Salvador, 2012 to 2013, homicides fell to 0.55 (0.49 to 0.63) of their previous level over 22 months and then
    returned (Katz, Hedberg and Amaya 2016). All sizes are assumed.
    """

    effects = ("calm", "rebound", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    duration: Int[Array, ""] = number("weeks", 0, 5200)
    breadth: Int[Array, ""] = number("groups", 1, 256)
    calm: Float[Array, ""] = number("share of hostility among signatories", 0, 1)
    breakdown: Float[Array, ""] = number("1/week without outsiders, enforcement and incentives", 0, 1)
    outsiders: Float[Array, ""] = number("factor, added to it where all killings are by others", 0, 100)
    incentive: Float[Array, ""] = number("share of it that incentives prevent", 0, 1)
    rebound: Float[Array, ""] = number("share of hostility among signatories", 0, 5)
    rebound_weeks: Int[Array, ""] = number("weeks until it has faded to a third", 0, 5200)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def init_memory(self, region: Region, view: Observation) -> Pledge:
        nobody = jnp.zeros_like(view.attributed, bool)
        return Pledge(signed=nobody, holds=jnp.zeros_like(view.chance), unsettled=jnp.zeros_like(view.chance))

    def act(self, memory: Pledge, view: Observation, region: Region, week: Int[Array, ""]):
        elapsed = week - self.start
        begins = elapsed == 0
        signed = jnp.where(begins, rank(view.attributed) < self.breadth, memory.signed)
        lasting = (elapsed >= 0) & (elapsed < self.duration)
        hazard = self.hazard(signed, view, region)
        breaks = by_chance(view.chance, hazard)
        holds = lasting * jnp.where(begins, 1, memory.holds * (1 - breaks))
        fading = 1 - 1 / jnp.maximum(self.rebound_weeks, 1)
        unsettled = fading * memory.unsettled + jnp.where(begins, 0, memory.holds - holds)
        among = signed[:, None] & signed
        controls = Controls(
            hostility=1 + (self.rebound * unsettled - self.calm * holds) * among,
            ledger=Ledger(agreement=holds * (self.calm > 0), spending=holds * self.cost),
        )
        return controls, Pledge(signed=signed, holds=holds, unsettled=unsettled)

    def hazard(
        self, signed: Bool[Array, "group replicate"], view: Observation, region: Region
    ) -> Float[Array, " replicate"]:
        """Probability that the truce breaks this week."""
        killings = view.attributed.sum(axis=0)
        others = jnp.where(signed, 0, view.attributed).sum(axis=0) / jnp.where(killings > 0, killings, 1)
        enforcement = jnp.clip(average_capability(view, region), 0, 1)
        kept = (1 - enforcement) * (1 - self.incentive)
        return jnp.clip(self.breakdown * (1 + self.outsiders * others) * kept, 0, 1)
