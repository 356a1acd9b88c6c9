"""Seizure of criminal revenue."""

from jaxtyping import Array, Float, Int

from contagion.interventions._targeting import rank
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import number
from contagion.kernel.intervention import Memory
from contagion.kernel.region import Region
from contagion.kernel.state import Observation


class Financial(Option):
    """Seizes revenue, which hampers small groups alone; large ones have other sources.

    Small groups are all but the `large` groups with most attributed killings. The effect lasts only if their members
    are also arrested: their weight in arrests rises by `focus` (Felbab-Brown 2019). Effect sizes are assumed.
    """

    effects = ("seized", "focus", "cost", "staff")

    start: Int[Array, ""] = number("week", 0, 5200)
    large: Int[Array, ""] = number("groups", 0, 256)
    seized: Float[Array, ""] = number("share of the revenue of small groups", 0, 1)
    focus: Float[Array, ""] = number("times, added to the weight of small groups in arrests", 0, 1000)
    staff: Float[Array, ""] = number("persons", 0, 1_000_000)
    cost: Float[Array, ""] = number("million dollars per year", 0, 100_000)

    def act(self, memory: Memory, view: Observation, region: Region, week: Int[Array, ""]) -> tuple[Controls, Memory]:
        active = week >= self.start
        small = active & (rank(view.attributed) >= self.large)
        controls = Controls(
            income=1 - small * self.seized,
            targeting=1 + small * self.focus,
            ledger=Ledger(staff=active * self.staff, spending=active * self.cost),
        )
        return controls, memory
