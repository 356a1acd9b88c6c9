"""Whether the search for a plan finds optima that are known.

    python -m experiments.planted_plans [--seeds 20] [--evaluations 200]

Two problems on a lattice with one hot cluster: where to place a few guards, whose best places are found by trying each
alone, as guards in a place act in that place; and how to split a budget between two options whose dose response is
known, whose best split is found on a fine grid. Both are searched in 64 replicates, and judged in 256 others. On the
split, other methods search with as many evaluations of the same function. Writes `planted_plans.csv` beside this file.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float, Int
from numpy.typing import NDArray
from scipy.optimize import differential_evolution, minimize

import contagion
from contagion.interventions.option import Option
from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.fields import area, number
from contagion.optimise import Aim, Evaluations, Objective, best_plan
from contagion.optimise.space import DOSE, Plan, Space, space_of
from contagion.regions.atlas import Atlas

ROWS, GUARDS, WEEKS, BUDGET, COSTS = 6, 3, 26, 100.0, (30.0, 60.0)
REPLICATES, JUDGING, FRESH = 64, 256, 1 << 16
FOUGHT = "conflict_homicides"  # options change no others, and what is expected has less chance in it than counts
CLOSE = 0.02  # of what the optimum averts


class Guards(Option):
    """Calms fighting in places, there alone: by a share of `calm` at a dose of 1, less with each further dose."""

    effects = ("calm", "cost")

    start: Int[Array, ""] = number("week", 0, 5200, default=0)
    places: str = area("all places")
    calm: Float[Array, ""] = number("share of fighting", 0, 1, default=0.3)
    cost: Float[Array, ""] = number("million dollars over the run", 0, 100_000, default=0)

    def act(self, memory, view, region, week):
        there = jnp.asarray(region.areas[self.places])[:, None] if self.places else jnp.ones_like(view.recorded)
        yearly = self.cost * 52.1775 / WEEKS
        return Controls(fighting=1 - self.calm * there, ledger=Ledger(spending=yearly)), memory


def lattice(seed: int) -> Atlas:
    """A lattice whose groups fight in one cluster, at a place that differs by seed."""
    atlas = contagion.load_region("lattice", rows=ROWS, columns=ROWS, seed=seed)
    row, column = np.divmod(np.arange(ROWS**2), ROWS)
    centre = np.random.default_rng(seed).integers(1, ROWS - 1, 2)
    heat = np.exp(-((row - centre[0]) ** 2 + (column - centre[1]) ** 2) / 1.5)
    members = np.asarray(atlas.region.members) * (0.02 + heat)
    west = (column < ROWS // 2).astype(float)
    areas = {**atlas.region.areas, "west": west, "east": 1 - west}
    return replace(atlas, region=replace(atlas.region, members=members.astype(np.float32), areas=areas))


def settings(seed: int) -> dict:
    """Of the runs of a search. Homicides follow fighting alone: none begets another, and nothing moves."""
    return dict(
        weeks=WEEKS,
        seed=seed,
        anchor="none",
        params=contagion.load_params(retaliation=0.0, spillover=0.0, relocation=0.0, conflict=2e-6),
    )


def judged(space: Space, atlas: Atlas, seed: int) -> Evaluations:
    """Evaluates plans in many replicates that no search has seen."""
    areas = {f"place_{code}": here for code, here in zip(atlas.polygons.index, np.eye(ROWS**2), strict=True)}
    return Evaluations(space, atlas, [FOUGHT], JUDGING, FRESH, areas=areas, **settings(seed))


def averted(evaluations: Evaluations, plans: Sequence[Plan]) -> NDArray[np.float64]:
    """Expected homicides in conflict that plans avert [plan]."""
    return np.array([-found.differences[FOUGHT].mean() for found in evaluations.of(plans)])


def guards(seed: int, evaluations: int) -> tuple[float, int]:
    """What the found places avert as a share of what the best do, and how many plans were tried."""
    atlas, options = lattice(seed), {"guards": Guards.preset()}
    found = best_plan(
        atlas,
        options,
        places={"guards": GUARDS},
        aims=[Aim(FOUGHT)],
        units="places",
        evaluations=evaluations,
        replicates=REPLICATES,
        **settings(seed),
    )
    known = judged(found.space, atlas, seed)
    one = {DOSE: found.plan["guards"][DOSE]}
    alone = averted(known, [{"guards": {**one, "within": [name]}} for name in known.areas])
    best = [list(known.areas)[place] for place in np.argsort(alone)[-GUARDS:]]
    value, optimum = averted(known, [found.plan, {"guards": {**one, "within": best}}])
    return value / optimum, len(found.tried)


def split_options() -> dict[str, Guards]:
    """Guards of either side of the lattice, at different prices."""
    return {
        "west": Guards.preset(places="west", calm=0.3, cost=COSTS[0]),
        "east": Guards.preset(places="east", calm=0.5, cost=COSTS[1]),
    }


def best_split(known: Evaluations) -> float:
    """What the best split of the budget averts, on a fine grid of those that spend it or as much as doses of 2 do."""
    doses = np.linspace(0, 2, 61)
    plans = [
        {"west": {DOSE: float(dose)}, "east": {DOSE: float(np.clip((BUDGET - COSTS[0] * dose) / COSTS[1], 0, 2))}}
        for dose in doses
        if COSTS[0] * dose <= BUDGET
    ]
    return float(averted(known, plans).max())


def split(seed: int, evaluations: int) -> tuple[float, int]:
    """What the found split averts as a share of what the best does, and how many plans were tried."""
    atlas = lattice(seed)
    found = best_plan(
        atlas,
        split_options(),
        budget=BUDGET,
        aims=[Aim(FOUGHT)],
        evaluations=evaluations,
        replicates=REPLICATES,
        **settings(seed),
    )
    known = judged(found.space, atlas, seed)
    return float(averted(known, [found.plan])[0]) / best_split(known), len(found.tried)


Method = Callable[[Callable[[NDArray], float], int, int], NDArray]


def by_chance(function: Callable[[NDArray], float], evaluations: int, seed: int) -> NDArray:
    """The best of points drawn at random."""
    points = np.random.default_rng(seed).random((evaluations, 2))
    return points[np.argmin([function(point) for point in points])]


def by_evolution(function: Callable[[NDArray], float], evaluations: int, seed: int) -> NDArray:
    """Differential evolution."""
    rounds = max(evaluations // 20 - 1, 1)
    options: Any = dict(maxiter=rounds, popsize=10, rng=seed, polish=False)
    return differential_evolution(function, [(0, 1), (0, 1)], **options).x


def by_simplex(function: Callable[[NDArray], float], evaluations: int, seed: int) -> NDArray:
    """Nelder and Mead, from the middle."""
    del seed
    return minimize(function, [0.5, 0.5], method="Nelder-Mead", bounds=[(0, 1)] * 2, options=dict(maxfev=evaluations)).x


def by_processes(function: Callable[[NDArray], float], evaluations: int, seed: int) -> NDArray:
    """Bayesian optimisation: expected improvement under a Gaussian process; 40 evaluations at most, as it is slow."""
    from scipy.stats import norm
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    generator = np.random.default_rng(seed)
    points = generator.random((8, 2))
    values = np.array([function(point) for point in points])
    kernel = ConstantKernel() * Matern(nu=2.5) + WhiteKernel(1e-3)
    for _ in range(min(evaluations, 40) - len(points)):
        model = GaussianProcessRegressor(kernel, normalize_y=True, random_state=seed).fit(points, values)
        candidates = generator.random((500, 2))
        mean, spread = model.predict(candidates, return_std=True)
        gain = (values.min() - mean) / np.maximum(spread, 1e-9)
        chosen = candidates[np.argmax(spread * (gain * norm.cdf(gain) + norm.pdf(gain)))]
        points, values = np.vstack([points, chosen]), np.append(values, function(chosen))
    return points[np.argmin(values)]


METHODS: dict[str, Method] = {
    "random points": by_chance,
    "differential evolution": by_evolution,
    "Nelder-Mead": by_simplex,
    "Gaussian process": by_processes,
}


def split_by(method: Method, seed: int, evaluations: int) -> tuple[float, int]:
    """As `split`, searched by another method on the same evaluations."""
    atlas = lattice(seed)
    space = replace(
        space_of(split_options(), None, BUDGET, WEEKS), costs=dict(zip(split_options(), COSTS, strict=True))
    )
    tried = Evaluations(space, atlas, [FOUGHT], REPLICATES, **settings(seed))
    objective = Objective((Aim(FOUGHT),), tried.usual, BUDGET, {})
    found = method(lambda point: objective.of(tried.of([space.plan(point)])[0]), evaluations, seed)
    known = judged(space, atlas, seed)
    return float(averted(known, [space.plan(found)])[0]) / best_split(known), evaluations


def main() -> None:
    """Run both problems and the other methods, and record what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--evaluations", type=int, default=200)
    given = parser.parse_args()
    studies: dict[str, Callable[[int], tuple[float, int]]] = {
        "guards, greedy": lambda seed: guards(seed, given.evaluations),
        "split, CMA-ES": lambda seed: split(seed, given.evaluations),
        "split, CMA-ES, 40": lambda seed: split(seed, 40),
        **{
            f"split, {name}, {count}": lambda seed, method=method, count=count: split_by(method, seed, count)
            for name, method in METHODS.items()
            for count in (40, given.evaluations)
            if not (name == "Gaussian process" and count > 40)
        },
    }
    rows = []
    for name, study in studies.items():
        shares, tried = zip(*(study(seed) for seed in range(given.seeds)), strict=True)
        rows.append(
            dict(study=name, seeds=given.seeds, found=int(np.sum(np.array(shares) >= 1 - CLOSE)), worst=min(shares))
            | dict(median=float(np.median(shares)), tried=max(tried))
        )
        print(rows[-1], flush=True)
        pd.DataFrame(rows).to_csv(Path(__file__).with_suffix(".csv"), index=False, float_format="%.6g")


if __name__ == "__main__":
    main()
