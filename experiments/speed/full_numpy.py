"""The full model without interventions in NumPy and SciPy, vectorised over replicates: [group, place, replicate].

Written for speed: float32, in place, `CHUNK_SIZE` replicates at a time so that arrays stay in cache; what is rare
(a split of a group, a strategic place) touches only the replicates and places concerned. Random numbers from SFC64.
What interventions would change is left out, which favours it: no array of controls is read.
"""

import numpy as np
from numpy.typing import NDArray

from contagion.kernel.processes.conflict import LARGEST_SHOCK
from contagion.kernel.processes.relocation import EVERY
from contagion.kernel.units import WEEKS_OF_YEAR
from experiments.speed import full_numpy_moves as moves
from experiments.speed.start import BY_GROUP, BY_PLACE, Start

CHUNK_SIZE = 16  # fastest of 1 to 64 on the schematic region
TINY = float(np.finfo(np.float32).tiny)


class Lanes:
    """Some replicates and what has happened in them so far."""

    def __init__(self, start: Start, chunk_size: int, generator: np.random.Generator | None) -> None:
        """Without `generator` the deterministic mode."""
        self.start, self.region, self.numbers, self.generator = start, start.region, start.numbers, generator

        def spread(values: NDArray) -> NDArray:
            return np.repeat(values[..., None], chunk_size, axis=-1)

        state = {name: spread(values) for name, values in start.state.items()}
        self.members, self.operators = state["members"], state["operators"]
        self.integrity, self.shock, self.hostility = state["integrity"], state["shock"], state["hostility"]
        self.parent, self.site, self.attributed = state["parent"], state["site"], state["attributed"]
        self.retaliation, self.recent, self.trust = state["retaliation"], state["recent"], state["trust"]
        self.military, self.police, self.arrivals = state["military"], state["police"], state["arrivals"]
        self.capability, self.deterrence, self.displaced = state["capability"], state["deterrence"], state["displaced"]
        self.shocks = np.zeros((1 + self.region.provinces, chunk_size), np.float32)  # of the nation, then of the states
        if generator is not None:
            self.shocks[:] = generator.standard_normal(self.shocks.shape, np.float32)
        self.population = self.region.population[:, None]
        self.strategic = np.flatnonzero(self.region.strategic)
        self.presence = self._presence()
        self.flows = {name: np.zeros_like(self.site) for name in BY_PLACE}
        self.flows |= {name: np.zeros_like(self.shock) for name in BY_GROUP}
        self.pass_one, self.pass_two = np.empty_like(self.members), np.empty_like(self.members)  # for results between

    def _presence(self) -> NDArray:
        return 1000 * (self.military + self.capability * self.police) / self.population

    def week(self, number: int) -> None:
        """Processes 2 to 14."""
        p = self.numbers
        self._forces()
        operators = self.operators.sum(axis=1)
        self.integrity += p.leadership_recovery * operators / (operators + p.operators_half) * (1 - self.integrity)
        self.shock *= 1 - 1 / p.shock_weeks
        self.site *= 1 - 1 / p.shock_weeks
        everywhere = self.members.sum(axis=1)
        moves.fragmentation(self, operators)
        self._recruitment(everywhere)
        self._incapacitation()
        fought, killed = self._conflict(everywhere)
        clashed = self._clashes()
        abuses = p.abuses * (self.military + (1 - self.capability) * self.police)
        self.flows["abuses"] += abuses
        self._saturation_and_operators()
        if number % EVERY == EVERY - 1:
            moves.relocation(self)
            moves.entry(self)
        self._memory(self._homicides(fought, clashed), abuses, killed)

    def _forces(self) -> None:
        p = self.numbers
        before = self.presence / (self.presence + p.presence_half)
        self.arrivals *= 1 - 1 / p.clash_weeks
        self.capability -= (self.capability - self.region.capability[:, None]) / p.capability_weeks
        self.presence = self._presence()
        after = self.presence / (self.presence + p.presence_half)
        self.deterrence += (after - self.deterrence) / p.deterrence_weeks + p.rebound * np.minimum(after - before, 0)
        np.clip(self.deterrence, 0, 1, out=self.deterrence)

    def _recruitment(self, everywhere: NDArray) -> None:
        p, recruits, supply = self.numbers, self.pass_one, self.pass_two
        usual = p.operator_share / (p.operator_share + p.operator_share_half)
        np.multiply(self.members, p.operator_share_half, out=supply)
        supply += self.operators
        np.maximum(supply, TINY, out=supply)
        np.multiply(self.members, self.operators, out=recruits)
        recruits /= supply
        recruits *= (p.recruitment / usual * self.region.vulnerability)[:, None]
        self.members += recruits
        of_group = recruits.sum(axis=1)
        self.growth = of_group / np.maximum(everywhere, 1)
        self.flows["recruits"] += of_group

    def _incapacitation(self) -> None:
        p, arrested = self.numbers, self.pass_one
        np.multiply(self.members, self.presence, out=arrested)
        total = arrested.sum(axis=(0, 1))
        arrested *= p.incapacitation / np.where(total > 0, total, 1)
        np.minimum(arrested, self.members, out=arrested)
        self.members -= arrested
        incapacitated = arrested.sum(axis=1)
        self.flows["incapacitated"] += incapacitated
        self.flows["convicted"] += (1 - p.impunity) * incapacitated

    def pressure(self, exposed: NDArray, out: NDArray) -> NDArray:
        """sum_h H_gh exposed_h; a group does not face itself."""
        product = np.empty_like(self.site)
        for group, faced in enumerate(out):
            faced[...] = 0
            for rival, force in enumerate(exposed):
                if rival != group:
                    faced += np.multiply(self.hostility[group, rival], force, out=product)
        return out

    def _amplify(self, values: NDArray) -> None:
        """Times exp(X_gm), of which strategic places have their own."""
        values *= np.exp(np.minimum(self.shock, LARGEST_SHOCK))[:, None]
        more = np.minimum(self.shock * (1 + self.numbers.strategic_multiplier), LARGEST_SHOCK)
        values[:, self.strategic] *= np.exp(more - np.minimum(self.shock, LARGEST_SHOCK))[:, None]

    def _conflict(self, everywhere: NDArray) -> tuple[NDArray, NDArray]:
        """The dead of each place and of each group, of whom there were `everywhere` when the week began."""
        exposed, hazard, b = self.pass_one, self.pass_two, self.numbers.mixing
        here, country = np.maximum(self.members.sum(axis=0), TINY), everywhere.sum(axis=0)
        np.copyto(exposed, self.members)
        self._amplify(exposed)
        self.pressure(exposed, hazard)
        hazard *= (1 - b) / here
        far = everywhere * np.exp(np.minimum(self.shock, LARGEST_SHOCK))
        hazard += (b / country * np.einsum("ghr,hr->gr", self.hostility, far))[:, None]
        deterred = self.numbers.deterrence_effect * (self.deterrence - self.start.settled[:, None])
        local = country * np.exp(np.minimum(self.site, LARGEST_SHOCK) - deterred)
        most = self.start.room[:, None] * exposed.sum(axis=0) / here  # of what is wanted without the shock of the group
        hazard *= self.start.contact[:, None]
        np.minimum(hazard, most, out=hazard)
        hazard *= local
        self._amplify(hazard)
        killed = np.multiply(self.members, hazard, out=self.pass_one)
        hazard += 1
        killed /= hazard
        self.members -= killed
        of_group = killed.sum(axis=1)
        self.flows["killed"] += of_group
        return killed.sum(axis=0), of_group

    def _clashes(self) -> NDArray:
        p, members = self.numbers, self.members.sum(axis=0)
        armed = members + self.operators.sum(axis=0)
        control = armed / np.maximum(armed + p.control_half * (self.military + self.capability * self.police), TINY)
        wanted = p.clashes * self.arrivals * control
        share = wanted / np.maximum(members + wanted, TINY)
        killed = np.multiply(self.members, share, out=self.pass_two)
        self.members -= killed
        self.flows["killed_by_state"] += killed.sum(axis=1)
        return killed.sum(axis=0)

    def _saturation_and_operators(self) -> None:
        p, wanted = self.numbers, self.pass_two
        total = self.members.sum(axis=1)
        share = np.minimum(p.saturation * total, 1)
        self.flows["dropouts"] += share * total
        self.members *= (1 - share)[:, None]
        usual = np.multiply(self.members, p.operator_share, out=self.pass_one)
        np.subtract(usual, self.operators, out=wanted)
        np.maximum(wanted, 0, out=wanted)
        wanted *= (p.operator_replacement * self.integrity)[:, None]
        self.operators *= (1 + self.growth)[:, None]
        self.operators += wanted
        np.minimum(self.operators, usual, out=self.operators)

    def _homicides(self, conflict: NDArray, clashes: NDArray) -> NDArray:
        p, generator = self.numbers, self.generator
        mean = self.population - self.displaced
        mean *= self.start.endemic[:, None]
        mean += conflict
        mean += clashes
        following = (p.contagion_channel * p.spillover) * (self.start.exchange @ self.retaliation)
        following += (p.contagion_channel * p.retaliation) * self.retaliation
        self.flows["conflict_homicides"] += conflict
        self.flows["clash_homicides"] += clashes
        self.displaced *= 1 - 1 / p.return_weeks
        self.displaced += p.displacement * (conflict + clashes)
        np.minimum(self.displaced, self.population, out=self.displaced)
        if generator is None:
            return mean + following
        self.shocks *= p.noise_persistence
        new = generator.standard_normal(self.shocks.shape, np.float32)
        self.shocks += float(np.sqrt(1 - p.noise_persistence**2)) * new
        level = p.national_noise * self.shocks[0] + p.state_noise * self.shocks[1:]
        mean *= np.exp(level - (p.national_noise**2 + p.state_noise**2) / 2)[self.region.province]
        mean += following
        if p.dispersion > 0:
            mean *= p.dispersion * generator.standard_gamma(1 / p.dispersion, mean.shape, np.float32)
        return generator.poisson(mean).astype(np.float32)

    def _memory(self, homicides: NDArray, abuses: NDArray, killed: NDArray) -> None:
        p = self.numbers
        self.flows["homicides"] += homicides
        self.retaliation += (homicides - self.retaliation) / p.retaliation_weeks
        rate = (WEEKS_OF_YEAR * 1e5) / self.population
        trust = 1 / (1 + rate / p.trust_half * self.retaliation + rate / p.abuse_half * abuses)
        self.trust += (trust - self.trust) / p.trust_weeks
        self.recent += (homicides - self.recent) / p.recording_weeks
        guesses = (self.members.sum(axis=1) > 0).astype(np.float32)
        if self.generator is not None:
            guesses *= self.generator.standard_exponential(guesses.shape, np.float32)
        guesses /= np.maximum(guesses.sum(axis=0), TINY)
        seen = (1 - p.attribution_error) * killed + p.attribution_error * killed.sum(axis=0) * guesses
        self.attributed += (seen - self.attributed) / p.recording_weeks


def run(start: Start, replicates: int, weeks: int, seed: int = 0, chunk_size: int = CHUNK_SIZE) -> dict[str, NDArray]:
    """Flows of the library's `Flows` summed over weeks: [place, replicate] or [group, replicate]."""
    generator, parts = np.random.Generator(np.random.SFC64(seed)), []
    for low in range(0, replicates, chunk_size):
        part = Lanes(start, min(chunk_size, replicates - low), generator)
        for number in range(weeks):
            part.week(number)
        parts.append(part.flows)
    return {name: np.concatenate([part[name] for part in parts], axis=-1) for name in (*BY_PLACE, *BY_GROUP)}
