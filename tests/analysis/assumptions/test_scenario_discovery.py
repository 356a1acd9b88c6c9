"""Boxes in which a strategy fails, on made-up runs in which they are known."""

import numpy as np
import pytest
from draws import run

from contagion.analysis.assumptions.scenario_discovery import FOUND, NONE, densest, finding, scenario_table, within
from contagion.analysis.assumptions.sensitivity import LEAST
from contagion.errors import InputError

REPLICATES = 256


@pytest.fixture(scope="module")
def x() -> dict[str, np.ndarray]:
    return {f"x{number}": values for number, values in enumerate(np.random.default_rng(0).random((8, REPLICATES)))}


def of(table, strategy, failure="has more homicides than a"):
    return table[(table["strategy"] == strategy) & (table["failure"] == failure)]


def test_a_known_box_is_found(x):
    """b fails where x0 is above 0.4 and x1 below 0.7, and only there."""
    fails = (x["x0"] > 0.4) & (x["x1"] < 0.7)
    dataset = run({"a": np.zeros(REPLICATES), "b": np.where(fails, 1, -1)}, x)
    table = scenario_table(dataset)
    box = of(table, "b").set_index("parameter")
    assert set(box.index) == {"x0", "x1"}
    assert box.loc["x0", "above"] == pytest.approx(0.4, abs=0.02)
    assert np.isnan(box.loc["x0", "below"])
    assert box.loc["x1", "below"] == pytest.approx(0.7, abs=0.02)
    assert np.isnan(box.loc["x1", "above"])
    assert (box["overall"] == fails.mean()).all()
    assert (box["remaining"] == fails.mean()).all()
    assert (box["density"] == 1).all()
    assert (box["coverage"] == 1).all()
    assert (box["draws"] == fails.sum()).all()
    assert (box["held_out_density"] > 0.95).all()
    assert (box["held_out_coverage"] > 0.95).all()
    assert (box["p_value"] < 1e-6).all()
    assert (box["verdict"] == FOUND).all()
    # Not best: of a the mirror image, of b the same.
    assert of(table, "a", "is not best")["coverage"].iloc[0] < 1
    assert set(of(table, "b", "is not best")["parameter"]) == {"x0", "x1"}


def test_density_and_coverage_by_hand(x):
    """Nine tenths of the draws in the box fail, and one tenth elsewhere."""
    inside = x["x0"] > 0.7
    fails = np.random.default_rng(1).random(REPLICATES) < np.where(inside, 0.9, 0.1)
    dataset = run({"a": np.zeros(REPLICATES), "b": np.where(fails, 1, -1)}, x)
    box = of(scenario_table(dataset), "b").iloc[0]
    assert box["parameter"] == "x0"
    assert box["above"] == pytest.approx(0.7, abs=0.02)
    drawn = dataset["drawn"].sel(parameter="x0").to_numpy() > box["above"]
    assert box["draws"] == drawn.sum()
    assert box["density"] == fails[drawn].mean()
    assert box["coverage"] == fails[drawn].sum() / fails.sum()
    assert box["held_out_density"] == pytest.approx(box["density"], abs=0.1)


def test_two_boxes_one_after_the_other(x):
    """Failures lie in two corners far apart; the second box is sought outside the first."""
    fails = (x["x0"] > 0.75) | ((x["x1"] > 0.7) & (x["x0"] < 0.75))
    dataset = run({"a": np.zeros(REPLICATES), "b": np.where(fails, 1, -1)}, x)
    boxes = of(scenario_table(dataset), "b").groupby("box").first()
    assert len(boxes) == 2
    assert boxes["coverage"].sum() == pytest.approx(1, abs=0.02)
    assert boxes.loc[2, "remaining"] < boxes.loc[1, "remaining"]
    sentences = finding(scenario_table(dataset)).sentences
    assert sum(" of the others; " in sentence for sentence in sentences) >= 1


def test_permuted_failures_report_nothing(x):
    """At most one run in twenty finds a box where there is none."""
    generator = np.random.default_rng(2)
    fails = (x["x0"] > 0.4) & (x["x1"] < 0.7)
    found = 0
    for seed in range(40):
        shuffled = generator.permutation(fails)
        dataset = run({"a": np.zeros(REPLICATES), "b": np.where(shuffled, 1, -1)}, x)
        verdicts = scenario_table(dataset, seed=seed)["verdict"]
        assert set(verdicts) <= {FOUND, NONE}
        found += FOUND in set(verdicts)
    assert found <= 2


def test_limits_that_only_shrink_a_box_are_left_out(x):
    drawn = np.stack(list(x.values()), axis=1).astype(np.float32)
    limits = densest(drawn, drawn[:, 3] > 0.5)
    assert list(limits) == [3]
    above, below = limits[3]
    assert above == pytest.approx(0.5, abs=0.02)
    assert below == np.inf
    assert (within(drawn, limits) == (drawn[:, 3] > 0.5)).all()


def test_a_limit_on_both_sides(x):
    drawn = np.stack(list(x.values()), axis=1).astype(np.float32)
    fails = (drawn[:, 2] > 0.3) & (drawn[:, 2] < 0.6)
    assert densest(drawn, fails)[2] == pytest.approx((0.3, 0.6), abs=0.02)
    box = of(scenario_table(run({"a": np.zeros(REPLICATES), "b": np.where(fails, 1, -1)}, x)), "b")
    assert box["parameter"].tolist() == ["x2"]
    sentence = next(sentence for sentence in finding(box).sentences if "x2" in sentence)
    assert "with x2 above 0.3" in sentence or "with x2 above 0.29" in sentence
    assert " and below 0." in sentence


def test_sentences_read_well(x):
    fails = (x["x0"] > 0.4) & (x["x1"] < 0.7)
    dataset = run({"a": np.zeros(REPLICATES), "b": np.where(fails, 1, -1), "c": np.full(REPLICATES, 9.0)}, x)
    found = finding(scenario_table(dataset))
    first = next(sentence for sentence in found.sentences if sentence.startswith("b has more homicides than a"))
    assert first.startswith("b has more homicides than a in 100 % of draws with x")
    assert first.endswith(f"against {100 * fails.mean():.0f} % of all; 100 % of these failures lie there.")
    assert "c has more homicides than a in all of 256 replicates." in found.sentences
    assert "c is not best in all of 256 replicates." in found.sentences
    assert set(found.table["Strategy"]) == {"a", "b"}


def test_too_few_failures_to_say_where(x):
    fails = np.arange(REPLICATES) < 9
    dataset = run({"a": np.zeros(REPLICATES), "b": np.where(fails, 1, -1)}, x)
    table = scenario_table(dataset)
    (verdict,) = of(table, "b")["verdict"]
    assert verdict == "not computed: in 9 of 256 replicates, too few to say where"
    (verdict,) = of(table, "a", "is not best")["verdict"]
    assert verdict == "not computed: in 247 of 256 replicates, too many to say where"
    assert "b has more homicides than a in 9 of 256 replicates, too few to say where." in finding(table).sentences


@pytest.mark.parametrize("replicates", [1, LEAST - 1])
def test_too_few_replicates_to_say_where(x, replicates):
    few = {name: values[:replicates] for name, values in x.items()}
    dataset = run({"a": np.zeros(replicates), "b": few["x0"] - 0.3}, few)
    table = scenario_table(dataset)
    assert table["parameter"].eq("").all()
    assert table["verdict"].str.startswith("not computed: in ").all()
    if replicates > 1:
        assert (
            table["verdict"]
            .str.endswith(f"of {replicates} replicates, of which it takes at least 64 to say where")
            .all()
        )


def test_identical_strategies_do_not_fail(x):
    table = scenario_table(run({"a": np.ones(REPLICATES), "b": np.ones(REPLICATES)}, x))
    assert (table["verdict"] == "not computed: in none of 256 replicates").all()


def test_nothing_drawn(x):
    dataset = run({"a": np.zeros(REPLICATES), "b": x["x0"] - 0.5}, x)
    with pytest.raises(InputError, match="no parameters drawn per replicate"):
        scenario_table(dataset.drop_vars("drawn"))
    verdicts = of(scenario_table(dataset.assign(drawn=dataset["drawn"] * 0)), "b")["verdict"]
    assert verdicts.iloc[0].endswith("replicates, between which no parameter varies")


def test_one_strategy_cannot_fail(x):
    table = scenario_table(run({"a": np.ones(REPLICATES)}, x))
    assert table["verdict"].tolist() == ["not computed: in none of 256 replicates"]
