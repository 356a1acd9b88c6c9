"""The study of mechanisms at a small size: directions that follow from the model over broad priors."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import load_script
from scipy.stats import binomtest

import contagion

pytestmark = pytest.mark.slow

DRAWS = 16
IDENTICAL = "before the first action all strategies are identical"  # to the bit: as users compile it, not as here


@pytest.fixture(scope="module")
def mechanisms():
    """The script of the experiment, with the coverages that are asked about here."""
    script = load_script("experiments/mechanisms.py")
    script.COVERAGES = (0.2, 0.95)
    script.TOPICS = {name: script.TOPICS[name] for name in ("targeting", "presence")}
    return script


@pytest.fixture(scope="module")
def atlas():
    return contagion.load_region("lattice", population_spread=1.0)


@pytest.fixture(scope="module")
def table(mechanisms, atlas):
    return mechanisms.study(atlas, DRAWS).set_index("claim")


@pytest.fixture(scope="module")
def shares(table):
    return table["share"]


def test_kingpin_raises_violence(shares):
    assert shares["kingpin: homicides rise in the first year"] > 0.75


def test_coverage_decides_whether_a_sweep_lowers_violence(shares):
    low, high = (shares[f"middle layer, coverage {share}%: homicides fall over five years"] for share in (20, 95))
    assert low < high
    assert shares["a takeover after a sweep is less violent than after a capture"] > 0.75
    assert shares["middle layer: coverage of 95 % does better than of 20 %"] > 0.5


def test_a_handover_holds_more_than_an_abrupt_withdrawal(shares):
    assert shares["a completed handover holds more than an abrupt withdrawal"] > 0.75


def test_recorded_shares_are_those_of_the_model(mechanisms, shares):
    """What 256 draws gave is what few draws give, up to chance; claims of nearly all draws are claims of the record."""
    recorded = pd.read_csv(Path(mechanisms.__file__).with_suffix(".csv"), index_col="claim")["share"]
    both = shares.index.intersection(recorded.index).drop(IDENTICAL)
    assert len(both) > 10
    for claim in both:
        p = binomtest(round(DRAWS * shares[claim]), DRAWS, recorded[claim]).pvalue
        assert p > 0.001, claim
    assert recorded[IDENTICAL] == 1
    assert recorded["a completed handover holds more than an abrupt withdrawal"] > 0.9


def test_withdrawal_relapses_where_arrivals_do_not_clash(mechanisms, atlas, table, monkeypatch):
    """Presence calms and withdrawal relapses in most draws if there are no clashes, and by less with them.

    The dead of clashes with newly arrived military hide the fall while it is there, and fade as it leaves.
    """
    priors = {**mechanisms.preset("priors", "broad"), "clashes": {"uniform": [0.0, 1e-9]}}
    monkeypatch.setattr(mechanisms, "preset", lambda *_: priors)
    weeks = mechanisms.WEEKS["presence"]
    results = mechanisms.run(
        contagion.load_region("lattice", population_spread=1.0), mechanisms.presence(), weeks, DRAWS, 0
    )
    without = {claim: (holds.mean(), 100 * np.median(size)) for claim, holds, size in mechanisms.about_places(results)}
    calms = "securing: homicides there fall while the military are there"
    relapses = "withdrawal: the fall shrinks within a year and a half"
    assert without[calms][0] > 0.6
    assert without[relapses][0] > 0.4
    assert without[calms][1] < table.loc[calms, "median_change_percent"]
    assert without[relapses][1] > table.loc[relapses, "median_change_percent"]


def test_every_topic_has_its_claims():
    """On a small region: a row for each claim, its share over all draws and over thirds of them by kappa."""
    script = load_script("experiments/mechanisms.py")
    script.TOPICS = {name: script.TOPICS[name] for name in ("capital", "handover")}
    table = script.study(contagion.load_region("lattice", rows=5, columns=5), 6).set_index("claim")
    assert len(table) == 4
    whole = table[table.draws == 6]
    thirds = whole[["kappa_low", "kappa_middle", "kappa_high"]].mean(axis=1)
    pd.testing.assert_series_equal(thirds, whole["share"], check_names=False)
    assert ((table["low"] < table["share"] + 1e-9) & (table["share"] < table["high"] + 1e-9)).all()
