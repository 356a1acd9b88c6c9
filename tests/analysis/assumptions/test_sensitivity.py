"""What assumed numbers explain, on made-up runs in which it is known."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from draws import assert_legible, run, words
from matplotlib.colors import to_hex
from SALib.analyze import rbd_fast

import contagion
from contagion.analysis.assumptions import rank_reversal
from contagion.analysis.assumptions.rank_reversal import reversal_table, stretches
from contagion.analysis.assumptions.sensitivity import (
    HARMONICS,
    LEAST,
    chance,
    explain,
    finding,
    parameters,
    sensitivity_table,
)
from contagion.errors import InputError
from contagion.plots.assumptions.rank_reversal import rank_reversal_plot
from contagion.plots.assumptions.tornado import BARS, tornado_plot
from experiments import sensitivity as experiment


def drawn(replicates: int, count: int = 3, seed: int = 0) -> dict[str, np.ndarray]:
    return {
        f"x{number}": values for number, values in enumerate(np.random.default_rng(seed).random((count, replicates)))
    }


@pytest.fixture(scope="module")
def linear() -> xr.Dataset:
    """Under b 300 x0 + 100 x1 more homicides than under a, whatever x2; c does the same as a."""
    x = drawn(600)
    usual = 1000 + 50 * np.random.default_rng(1).random(600)
    return run({"a": usual, "b": usual + 300 * x["x0"] + 100 * x["x1"], "c": usual}, x)


def rows(table, strategy, quantity="difference", outcome="homicides"):
    chosen = (table["strategy"] == strategy) & (table["quantity"] == quantity) & (table["outcome"] == outcome)
    return table[chosen].set_index("parameter")


def test_linear_effects_are_found(linear):
    """Variances of 300 x0 and 100 x1 are as 9 to 1; between thirds a uniform number differs by 2/3."""
    table = rows(sensitivity_table(linear), "b")
    np.testing.assert_allclose(table["index"], [0.9, 0.1, 0], atol=0.03)
    np.testing.assert_allclose(table["effect"], [200, 200 / 3, 0], atol=12)
    np.testing.assert_allclose(table["low_limit"], 1 / 3, atol=0.05)
    np.testing.assert_allclose(table["high_limit"], 2 / 3, atol=0.05)
    np.testing.assert_allclose(table["high_third"] - table["low_third"], table["effect"])
    assert table["verdict"].tolist() == ["determined", "determined", "undetermined"]
    known = table.iloc[:2]
    assert (known["index_low"] < known["index"]).all()
    assert (known["index"] < known["index_high"]).all()
    assert np.isnan(table["index_low"].iloc[2])
    assert (table["replicates"] == 600).all()
    assert (table["unit"] == "persons").all()


def test_what_chance_leaves_is_what_salib_computes():
    """The floor is of the same estimator, order by order."""
    shuffled = np.random.default_rng(0).gamma(0.5, size=(20, 100))
    index, effect = chance(shuffled, 33)
    sorted_by = np.arange(100.0)
    back = np.argsort(np.concatenate([np.arange(100)[::2], np.arange(100)[1::2][::-1]]))
    for order, found, apart in zip(shuffled, index, effect, strict=True):
        values = order[back]  # SALib puts them into the order of the signal again
        problem = dict(num_vars=1, names=["x"])
        expected = rbd_fast.analyze(problem, sorted_by[:, None], values, M=HARMONICS, num_resamples=2, seed=1)["S1"][0]
        assert found == pytest.approx(expected)
        assert apart == pytest.approx(abs(order[:33].mean() - order[-33:].mean()))


def test_noise_is_undetermined():
    """In one of twenty runs without any effect a parameter may be called determined, in three of forty hardly more."""
    generator = np.random.default_rng(0)
    named = 0
    for seed in range(40):
        values = np.exp(1.5 * generator.standard_normal(64))
        named += "determined" in explain(generator.random((64, 30)), values, [seed])["verdict"]
    assert named <= 4


def test_ranks_are_explained(linear):
    """b has most homicides in nearly all replicates; a and c tie in all."""
    table = sensitivity_table(linear)
    assert rows(table, "b", "rank")["verdict"].tolist() == ["not computed: the same in all replicates"]
    x = drawn(200)
    turned = run({"a": np.ones(200), "b": np.where(x["x1"] < 0.5, 0, 2)}, x)
    ranks = rows(sensitivity_table(turned), "a", "rank")
    assert ranks["mean"].iloc[0] == pytest.approx(1 + (x["x1"] < 0.5).mean())
    assert ranks["verdict"].tolist() == ["undetermined", "determined", "undetermined"]
    assert ranks["index"].iloc[1] == pytest.approx(0.9, abs=0.02)  # what four harmonics hold of a step
    assert ranks["effect"].iloc[1] == pytest.approx(-1)
    assert (ranks["unit"] == "1 to 2").all()


def test_identical_strategies_have_nothing_to_explain(linear):
    table = sensitivity_table(linear)
    for outcome in ("homicides", "cost", "trust_at_end", "displaced_at_end"):
        assert rows(table, "c", outcome=outcome)["verdict"].tolist() == ["not computed: the same in all replicates"]
    with pytest.raises(InputError, match="what turns the ranking is not computed: the same in all replicates"):
        reversal_table(linear.sel(strategy=["a", "c"]))


def test_replicates_without_meaning_are_left_out():
    """Trust is unknown in a third of the replicates, and then not explained there."""
    x = drawn(150)
    trust = np.where(np.arange(150) % 3 == 0, np.nan, x["x2"])
    dataset = run({"a": np.ones(150), "b": np.ones(150)}, x, trust_total=np.stack([np.full(150, 0.5), trust]))
    table = rows(sensitivity_table(dataset, ["trust_at_end"]), "b", outcome="trust_at_end")
    assert (table["replicates"] == 100).all()
    assert table["verdict"].tolist() == ["undetermined", "undetermined", "determined"]
    few = dataset.isel(replicate=slice(90))
    (verdict,) = rows(sensitivity_table(few, ["trust_at_end"]), "b", outcome="trust_at_end")["verdict"]
    assert verdict == f"not computed: of {LEAST} replicates that it takes there are 60"


@pytest.mark.parametrize("replicates", [1, LEAST - 1])
def test_few_replicates_are_said_to_be_too_few(linear, replicates):
    dataset = linear.isel(replicate=slice(replicates))
    table = sensitivity_table(dataset)
    reason = f"not computed: of {LEAST} replicates that it takes there are {replicates}"
    assert (table["verdict"] == reason).all()
    assert finding(table).sentences[0] == f"The change in homicides under b is {reason}."
    with pytest.raises(InputError, match="is not computed: of 64 replicates"):
        reversal_table(dataset)
    with pytest.raises(InputError, match="no effect of a parameter on homicides"):
        tornado_plot(dataset, table)


def test_rare_values_make_no_noise():
    """The two differ in one replicate alone: no warning, and nothing is called determined."""
    x = drawn(64)
    dataset = run({"a": np.zeros(64), "b": np.arange(64) == 5}, x)
    assert (rows(sensitivity_table(dataset), "b")["verdict"] == "undetermined").all()


def test_nothing_drawn_is_a_mistake(linear):
    with pytest.raises(InputError, match="draw them with ensemble"):
        sensitivity_table(linear.drop_vars("drawn"))
    same = linear.assign(drawn=linear["drawn"] * 0)
    assert parameters(same)[0] == []
    assert rows(sensitivity_table(same), "b")["verdict"].tolist() == ["not computed: no parameter varies"]
    with pytest.raises(InputError, match="no parameter varies"):
        reversal_table(same)


def test_unknown_outcome(linear):
    with pytest.raises(InputError, match="unknown outcome 'homicide'; the nearest is"):
        sensitivity_table(linear, ["homicide"])


def test_findings_name_what_decides(linear):
    found = finding(sensitivity_table(linear))
    assert found.sentences[0].startswith("The change in homicides under b depends on x0 (9")
    assert "x1 (" in found.sentences[0]
    assert "x2" not in found.sentences[0]
    assert found.sentences[-1].startswith("Parameters that are not named may matter, too: 600 replicates")
    assert set(found.table["Parameter"]) == {"x0", "x1"}


def test_tornado_shows_the_thirds(linear):
    table = sensitivity_table(linear)
    figure = tornado_plot(linear, table)
    (axes,) = figure.axes
    expected = rows(table, "b")
    assert [label.get_text() for label in axes.get_yticklabels()] == ["x2", "x1", "x0"]
    bars = {to_hex(bar.get_facecolor()): bar for bar in axes.patches if bar.get_y() > 1.5}  # of the largest effect
    for third in ("low", "high"):
        bar = bars[BARS[third, True]]
        end = bar.get_x() + bar.get_width()
        assert end == pytest.approx(expected.loc["x0", f"{third}_third"])
    smallest = {to_hex(bar.get_facecolor()) for bar in axes.patches if bar.get_y() < 0}
    assert smallest == {BARS["low", False], BARS["high", False]}
    assert "Schematic" in words(figure)


@pytest.mark.parametrize("count", [2, 9])
def test_texts_of_figures_do_not_overlap(count):
    x = {f"a_parameter_of_long_name_{name}": values for name, values in drawn(80, 14).items()}
    generator = np.random.default_rng(3)
    names = [f"a_strategy_of_a_long_name_that_has_number_{number}" for number in range(count)]
    dataset = run(
        {
            name: generator.random(80) + number % 2 * x["a_parameter_of_long_name_x3"]
            for number, name in enumerate(names)
        },
        x,
    )
    assert_legible(tornado_plot(dataset, sensitivity_table(dataset, ["homicides"])))
    assert_legible(rank_reversal_plot(dataset, reversal_table(dataset)))


@pytest.fixture(scope="module")
def turning() -> xr.Dataset:
    """b is best where x1 is below 0.4, else a; c never is."""
    x = drawn(300)
    return run({"a": np.full(300, 10.0), "b": 10 + 5 * (x["x1"] - 0.4), "c": np.full(300, 20.0)}, x)


def test_flips_by_hand(turning):
    table = reversal_table(turning)
    assert table["parameter"].iloc[0] == "x1"
    of = table[table["parameter"] == "x1"].set_index(["strategy", "part"])
    assert of.loc["a"]["probability_best"].tolist() == pytest.approx([0, 0, 1, 1, 1], abs=0.2)
    assert of.loc["c"]["probability_best"].tolist() == [0] * 5
    assert (of["replicates"] == 60).all()
    x = np.sort(turning["drawn"].sel(parameter="x1").to_numpy())
    assert of.loc["a"]["low"].tolist() == pytest.approx(x[::60].tolist())
    assert of.loc["a"]["high"].tolist() == pytest.approx(x[59::60].tolist())
    assert of.loc["a", "overall"].iloc[0] == pytest.approx((turning["drawn"].sel(parameter="x1") > 0.4).mean())
    sums = table.groupby(["parameter", "part"])["probability_best"].sum()
    np.testing.assert_allclose(sums, 1)
    verdicts = table.groupby("parameter")["verdict"].first()
    assert verdicts.to_dict() == {"x0": "undetermined", "x1": "determined", "x2": "undetermined"}


def test_flips_in_words(turning):
    found = rank_reversal.finding(reversal_table(turning))
    share = float((turning["drawn"].sel(parameter="x1") > 0.4).mean())
    assert found.sentences[0] == f"Over all draws, a is best most often, in {100 * share:.0f} %."
    (sentence,) = found.sentences[1:]
    assert sentence.startswith("Where x1 is at most 0.4")
    assert "b is best most often, in 9" in sentence
    level = run({"a": np.zeros(300), "b": np.random.default_rng(4).random(300) - 0.2}, drawn(300))
    assert (
        rank_reversal.finding(reversal_table(level))
        .sentences[1]
        .startswith("No parameter that is told from chance turns that")
    )


def test_stretches_join_neighbours(turning):
    of = [row for row in reversal_table(turning).to_dict("records") if row["parameter"] == "x1"]
    assert [(stretch[0]["strategy"], [row["part"] for row in stretch]) for stretch in stretches(of)] == [
        ("b", [1, 2]),
        ("a", [3, 4, 5]),
    ]


def test_fewer_replicates_are_cut_into_thirds(turning):
    assert set(reversal_table(turning.isel(replicate=slice(100)))["part"]) == {1, 2, 3}


def test_flips_need_a_choice(turning):
    with pytest.raises(InputError, match="one strategy, which is always the best"):
        reversal_table(turning.isel(strategy=[0]))


def test_flips_leave_out_a_strategy_that_does_the_same(turning):
    """a and its twin tie; what turns the ranking is told from a and b."""
    twin = turning.sel(strategy=["a", "a", "b"]).assign_coords(strategy=["a", "twin", "b"])
    table = reversal_table(twin)
    assert table["parameter"].iloc[0] == "x1"
    assert table["verdict"].iloc[0] == "determined"


def test_flips_are_drawn_where_the_numbers_are(turning):
    table = reversal_table(turning)
    figure = rank_reversal_plot(turning, table)
    assert "b \N{RIGHTWARDS ARROW} a" in words(figure)
    assert "not distinguishable" in words(figure).replace("\n", " ")
    shown = {tuple(np.round(line.get_ydata(), 6)) for line in figure.axes[0].get_lines() if len(line.get_xdata()) == 5}
    of = table[table["parameter"] == "x1"]
    assert {tuple(group["probability_best"].round(6)) for _, group in of.groupby("strategy")} == shown


def test_a_design_finds_what_is_known(monkeypatch):
    """Under kingpin 2 per cent more homicides by retaliation, 1 where entry is on, and 4 by both of two others."""
    place = {name: number for number, name in enumerate(experiment.FACTORS)}

    def known(_, points: np.ndarray, __: int) -> xr.Dataset:
        retaliation, first, second = (points[:, place[name]] for name in ("retaliation", "hold", "clashes"))
        change = 2 * retaliation + (points[:, place["entry_channel"]] >= 0.5) + 4 * first * second
        return run({"baseline": np.full(len(points), 200.0), "kingpin": 200 * (1 + change / 100)})

    monkeypatch.setattr(experiment, "simulate", known)
    monkeypatch.setattr(experiment, "APART", 4)
    table, _ = experiment.study(None, 20, 256)
    assert "kingpin" in experiment.report(table)
    table = table[table["quantity"] == "change, %"]
    effects = table[table["method"] == "morris"].set_index("factor")
    assert effects.loc["retaliation", ["mu", "mu_star"]].tolist() == pytest.approx([2, 2])
    assert effects.loc["retaliation", "sigma"] == pytest.approx(0, abs=1e-9)
    assert effects.loc["entry_channel", "mu_star"] == pytest.approx(1.5)  # a step of two thirds, always across
    assert effects.loc["hold", "mu_star"] == pytest.approx(2, abs=0.9)
    assert effects.loc["hold", "sigma"] > 0.5  # it depends on the other
    assert effects.loc["spillover", "mu_star"] == 0

    # Variances: 4/12, 1/4, and of 4 x y in all 16 (1/9 - 1/16), of which each alone has 4/12.
    parts = table[table["method"] == "sobol"].set_index("factor")
    assert set(parts.index) == {"retaliation", "entry_channel", "hold", "clashes", experiment.REST}
    whole = 4 / 12 + 1 / 4 + 16 * (1 / 9 - 1 / 16)
    both = 16 * (1 / 9 - 1 / 16) - 8 / 12
    expected = {"retaliation": (4 / 12, 4 / 12), "entry_channel": (1 / 4, 1 / 4), "hold": (4 / 12, 4 / 12 + both)}
    for factor, (alone, total) in expected.items():
        assert parts.loc[factor, "S1"] == pytest.approx(alone / whole, abs=0.05)
        assert parts.loc[factor, "ST"] == pytest.approx(total / whole, abs=0.05)
    assert parts.loc[experiment.REST, "ST"] == 0


def test_the_experiment_at_a_small_size(monkeypatch, tmp_path):
    monkeypatch.setattr(experiment, "STRATEGIES", ("kingpin",))
    atlas = contagion.load_region("lattice", rows=3, columns=3)
    table, last = experiment.study(atlas, 2, 2, weeks=60)
    assert last["replicate"].size == 2 * (experiment.APART + 3)
    assert set(table["method"]) == {"morris", "sobol"}
    others = ("middle_layer.", "concentric_handover.")  # strategies that are not run here
    assert set(last["parameter"].values) == {name for name in experiment.FACTORS if not name.startswith(others)}
    for name in experiment.SWITCHES:
        assert set(last["drawn"].sel(parameter=name).values.tolist()) <= {0, 1}
    effects = table[(table["method"] == "morris") & (table["quantity"] == "change, %")].set_index("factor")
    assert set(effects.index) == set(experiment.FACTORS)
    # What only shapes the noise of counts has no effect on expectations.
    assert (effects.loc[["dispersion", "national_noise", "noise_persistence"], "mu_star"] == 0).all()
    assert (effects["mu_star"] > 0).any()
    figure = experiment.draw(table, last)
    figure.savefig(tmp_path / "figure.png")
    assert_legible(figure)


def test_recorded_results_are_of_these_factors():
    recorded = pd.read_csv(f"{experiment.__file__.removesuffix('.py')}.csv")
    assert set(recorded.loc[recorded["method"] == "morris", "factor"]) == set(experiment.FACTORS)
    assert (recorded["method"] == "sobol").any()
