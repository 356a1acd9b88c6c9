"""Crackdown on fuel theft along a corridor."""

from jaxtyping import Array, Float, Int

from contagion.interventions._areas import corridor, named
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import area, number
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class FuelTheftCrackdown(Option):
    """Guards pipelines: revenue falls along a corridor, and groups fight the state and one another for the rest.

    By default the corridor is a band along the line from the largest town to the largest other port or crossing.
    After the crackdown of 2019 (Felbab-Brown 2019). Effect sizes are assumed.
    """

    effects = ("cut", "confrontation", "military_per_1000", "cost")

    start: Int[Array, ""] = number("week", 0, 5200)
    duration: Int[Array, ""] = number("weeks", 0, 5200)
    along: str = area("a band from the largest town to the largest port or crossing")
    width_km: Float[Array, ""] = number("km on either side", 1e-3, 10_000)
    cut: Float[Array, ""] = number("share of criminal revenue there", 0, 1)
    confrontation: Float[Array, ""] = number("share added to fighting there", 0, 10)
    military_per_1000: Float[Array, ""] = number("personnel per 1,000 residents", 0, 1000)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def init_memory(self, region: Region, view: Observation) -> Float[Array, "place 1"]:
        """The corridor."""
        return named(region, self.along) if self.along else corridor(region, self.width_km)

    def act(self, memory, view: Observation, region: Region, week: Int[Array, ""]):
        active = (week >= self.start) & (week < self.start + self.duration)
        there = active * memory
        controls = Controls(
            revenue=1 - there * self.cut,
            fighting=1 + there * self.confrontation,
            military=there * self.military_per_1000 / 1000 * region.population[:, None],
            ledger=Ledger(spending=active * self.cost),
        )
        return controls, memory
