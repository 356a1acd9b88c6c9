"""Epydemix: stochastic SIR over population groups that mix by a contact matrix."""

from importlib.metadata import version

import numpy as np
from epydemix import EpiModel  # pyright: ignore[reportMissingImports]
from epydemix.population import Population  # pyright: ignore[reportMissingImports]
from worker import Work

GROUPS, REPLICATES, STEPS = 256, 2, 52


def prepare(data) -> Work:
    """Its groups stand in for places: the first of them, as its matrix of contacts is dense."""
    groups = min(GROUPS, len(data["population"]))
    contacts = np.zeros((groups, groups))
    inside = (data["focal"] < groups) & (data["other"] < groups)
    contacts[data["focal"][inside], data["other"][inside]] = data["weight"][inside]
    np.fill_diagonal(contacts, 1)
    population = Population("places")
    population.add_population(np.maximum(data["population"][:groups], 100).round(), [str(i) for i in range(groups)])
    population.add_contact_matrix(contacts)
    model = EpiModel(compartments=["S", "I", "R"], parameters={"beta": 0.3, "gamma": 0.1})
    model.set_population(population)
    model.add_transition("S", "I", params=("beta", "I"), kind="mediated")
    model.add_transition("I", "R", params="gamma", kind="spontaneous")

    def run() -> None:
        model.run_simulations(start_date="2020-01-01", end_date="2020-02-21", Nsim=REPLICATES)

    description = f"SIR over {groups} population groups, {REPLICATES} simulations of {STEPS} days"
    return Work(
        lambda: run, groups * STEPS * REPLICATES, "replicate-group-step", description,
        f"epydemix {version('epydemix')}",
    )  # fmt: skip
