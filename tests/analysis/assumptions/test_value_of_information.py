"""What knowing a number is worth: where it decides which strategy is best, and nowhere else."""

import numpy as np
import pytest
from draws import run

from contagion.analysis.assumptions.value_of_information import finding, value_table
from contagion.errors import InputError


def made(replicates: int = 200, noise: float = 0.01):
    """Against a fixed strategy, another has 10 more homicides for each unit by which `decides` is above a half.

    Their means are equal, so that knowing the number is worth half of the mean size of the difference, 10 / 4 / 2.
    """
    generator = np.random.default_rng(1)
    drawn = {"decides": (np.arange(replicates) + 0.5) / replicates, "idle": generator.random(replicates)}
    drawn["decides"] = generator.permuted(drawn["decides"])
    other = 50 + 10 * (drawn["decides"] - 0.5) + noise * generator.standard_normal(replicates)
    return run({"fixed": np.full(replicates, 50.0), "other": other}, drawn)


def test_the_number_that_decides_is_worth_what_it_averts():
    table = value_table(made()).set_index("parameter")
    assert table.index.tolist() == ["decides", "idle"]
    assert table.loc["decides", "value"] == pytest.approx(1.25, rel=0.01)
    assert table.loc["decides", "changes"] == pytest.approx(0.5, abs=0.01)
    assert table["verdict"].tolist() == ["determined", "undetermined"]
    assert (table["value"] <= table["most"] * 1.01).all()
    assert table.loc["idle", "value"] < table.loc["idle", "floor"]


def test_a_number_that_never_changes_the_choice_is_worth_nothing():
    """It moves the difference, but one strategy is best throughout."""
    dataset = made()
    dataset["homicides_total"] = dataset["homicides_total"] + np.array([100.0, 0])[:, None, None]
    table = value_table(dataset)
    np.testing.assert_allclose(table["value"], 0, atol=1e-9)
    assert table["verdict"].unique().tolist() == ["undetermined"]
    heading, sentences, shown = finding(table)
    assert heading == "Which assumed number to measure first"
    assert sentences[0].startswith("No assumed number is worth more")
    assert shown.empty


def test_noise_alone_seldom_passes_the_floor():
    generator = np.random.default_rng(2)
    passed = 0
    for seed in range(20):
        drawn = {f"x{number}": generator.random(64) for number in range(5)}
        dataset = run({"a": np.zeros(64), "b": generator.standard_normal(64)}, drawn)
        passed += (value_table(dataset, seed)["verdict"] == "determined").any()
    assert passed <= 4  # one in twenty is expected


def test_finding_names_the_number_and_its_worth():
    _, sentences, table = finding(value_table(made()))
    assert "avert most homicides over the run: decides (1." in sentences[0]
    assert "in 50 % of draws another would be chosen, most often" in sentences[0]
    assert "Knowing everything, chance included, would avert" in sentences[1]
    assert table["Parameter"].tolist() == ["decides"]


def test_what_cannot_be_computed_is_said():
    table = value_table(made(20))
    assert table["verdict"].tolist() == ["not computed: of 64 replicates that it takes there are 20"]
    assert "not computed: of 64 replicates" in finding(table).sentences[0]
    with pytest.raises(InputError, match="no parameters drawn per replicate"):
        value_table(run({"a": [1], "b": [2]}))
