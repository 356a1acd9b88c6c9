"""The second ensemble: which numbers it draws, when there is one, and what becomes of it."""

import dataclasses

import numpy as np
import pytest
from conftest import settings
from rich.console import Console

from contagion.errors import InputError
from contagion.simulation.simulate import simulate
from contagion.study.findings import second_ensemble
from contagion.study.folders import output_folder
from contagion.study.jobs.worker import arguments_of
from contagion.study.own_options import Own
from contagion.study.plan import Plan, plan

RUN = [
    "region=lattice", "region.rows=3", "region.columns=3", "weeks=9", "ensemble.replicates=8", "ensemble.chunk_size=8",
    "intervention=[kingpin]", "intervention.kingpin.start=1", "intervention.kingpin.every=2",
]  # fmt: skip


def planned(*overrides: str, chosen: tuple[str, ...] = ()) -> Plan:
    return plan(settings(*RUN, *overrides), chosen, Own(), Console(quiet=True))


def test_unknown_numbers_are_those_that_nobody_chose():
    given = planned("ensemble.drawn_replicates=8", "params.retaliation=0.17", chosen=("hold",))
    priors = second_ensemble.unknown(given.priors, given.params, given.chosen)
    assert {*given.priors} - {*priors} == {"retaliation", "hold"}
    assert "options" in priors


def test_both_ensembles_are_compared():
    given = planned("ensemble.drawn_replicates=8")
    drawn = second_ensemble.drawn(given)
    assert drawn is not None
    assert dict(drawn.sizes)["time"] == 1
    assert dict(drawn.sizes)["replicate"] == 8
    assert np.ptp(drawn["drawn"].sel(parameter="retaliation").values) > 0
    results = simulate(given.atlas, **arguments_of(given, 0, 8), **given.options)
    found = second_ensemble.tables(results, given)
    assert list(found) == [output_folder.UNCERTAINTY]
    (section,) = second_ensemble.sections(found)
    assert section.table is not None
    assert section.table["Strategy"].tolist() == ["kingpin"]


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ([], 0),
        (["ensemble.replicates=32"], 16),
        (["ensemble.replicates=1000"], 64),
        (["ensemble.replicates=64", "ensemble.drawn_replicates=0"], 0),
        (["ensemble.drawn_replicates=50"], 8),
        (["ensemble.replicates=64", "ensemble.priors=on"], 0),
    ],
)
def test_its_size(overrides, expected):
    assert planned(*overrides).second == expected


def test_runs_without_one():
    given = planned("ensemble.drawn_replicates=4")
    alone = dataclasses.replace(given, strategies={"baseline": ()})
    for other in (alone, dataclasses.replace(given, second=0), dataclasses.replace(given, budget=10.0)):
        assert second_ensemble.tables(None, other) == {}
    assert second_ensemble.sections({}) == []


def test_numbers_that_contradict_what_was_chosen_are_told():
    given = planned("ensemble.drawn_replicates=4", "params.spillover=0.55")
    with pytest.raises(InputError, match="branching ratio"):
        second_ensemble.drawn(dataclasses.replace(given, priors={"retaliation": {"uniform": [0.5, 0.6]}}))
