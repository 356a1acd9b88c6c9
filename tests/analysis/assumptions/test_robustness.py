"""How strategies stand what is not known, against what is counted by hand on a made-up run."""

import numpy as np
import pytest
import xarray as xr
from draws import assert_legible, run, words
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from contagion.analysis.assumptions.robustness import Aim, finding, front, robustness_table
from contagion.errors import InputError
from contagion.plots.assumptions.pareto import pareto_plot

HOMICIDES = {"nothing": [100, 200, 300, 400], "patrol": [90, 210, 250, 390], "truce": [80, 220, 310, 300]}
COST = np.array([[0.0], [5], [9]]) + np.arange(4)


@pytest.fixture
def dataset() -> xr.Dataset:
    """The truce has the best worst case and the least regret; the patrol costs less."""
    return run(HOMICIDES, spending=COST, displaced_total=np.array([[3.0], [3], [4]]))


def test_criteria_by_hand(dataset):
    table = robustness_table(dataset).set_index("strategy")
    assert table["replicates"].tolist() == [4, 4, 4]
    assert table["mean"].tolist() == [250, 235, 227.5]
    assert table["worst"].tolist() == [400, 390, 310]
    # The best of each replicate are 80, 200, 250 and 300.
    assert table["regret_mean"].tolist() == [42.5, 27.5, 20]
    assert table["regret_max"].tolist() == [100, 90, 60]
    np.testing.assert_allclose(
        table["regret_q90"], np.quantile([[20, 0, 50, 100], [10, 10, 0, 90], [0, 20, 60, 0]], 0.9, 1)
    )
    assert table["aim"].unique().tolist() == ["5 % better than nothing"]
    assert table["aim_met"].tolist() == [0, 0.5, 0.5]  # at most 95, 190, 285, 380
    assert ((table["aim_met_low"] <= table["aim_met"]) | (table["aim_met"] == 0)).all()
    assert (table["aim_met_high"] > table["aim_met"]).all()
    assert (table["status"] == "conditional on assumed parameters").all()


def test_an_aim_may_have_a_price(dataset):
    table = robustness_table(dataset, aim=Aim(improvement=20, cost=11.5)).set_index("strategy")
    assert table["aim"].iloc[0] == "20 % better than nothing at a cost of at most 11.5 million dollars"
    assert table["aim_met"].tolist() == [0, 0, 0.25]  # the truce in the first replicate; in the last it costs 12
    assert robustness_table(dataset, aim=Aim(improvement=20)).set_index("strategy")["aim_met"].tolist() == [0, 0, 0.5]
    assert robustness_table(dataset, aim=Aim(improvement=0))["aim_met"].iloc[0] == 1


def test_where_less_is_worse(dataset):
    dataset["trust_total"] = (
        ("strategy", "replicate", "time"),
        np.array([[2, 4, 4, 4], [3, 5, 3, 4], [1, 9, 9, 9]])[..., None] / 10,
    )
    table = robustness_table(dataset, "trust_at_end", Aim(improvement=20)).set_index("strategy")
    assert table["worst"].tolist() == [0.2, 0.3, 0.1]
    np.testing.assert_allclose(table["regret_max"], [0.5, 0.6, 0.2])
    assert table["aim_met"].tolist() == [0, 0.5, 0.75]
    assert (
        "trust at end: best under patrol, 0.3; worst under truce, 0.1 1." in finding(table.reset_index()).sentences[0]
    )


def test_dominance_by_hand(dataset):
    """Weighed by homicides, cost, trust and displacement; trust is the same under all."""
    table = robustness_table(dataset).set_index("strategy")
    assert table["dominated_by"].tolist() == ["", "", ""]
    # Nothing is cheapest in every replicate. It dominates the patrol in the second, the truce in the second and third.
    assert table["non_dominated"].tolist() == [1, 0.75, 0.5]
    dearer = run(HOMICIDES | {"delay": [101, 201, 301, 401]}, spending=np.array([[0.0], [5], [9], [0]]))
    table = robustness_table(dearer).set_index("strategy")
    assert table["dominated_by"].tolist() == ["", "", "", "nothing"]
    assert table.loc["delay", "non_dominated"] == 0
    assert "delay is dominated by nothing in means" in finding(table.reset_index()).sentences[3]


def test_identical_strategies_share_everything():
    dataset = run({"nothing": [5, 7], "same": [5, 7]})
    table = robustness_table(dataset)
    assert (table["regret_max"] == 0).all()
    assert (table["non_dominated"] == 1).all()
    assert (table["dominated_by"] == "").all()
    sentences = finding(table).sentences
    assert sentences[0] == "In the worst replicate (Wald), homicides: 7 persons under every strategy."
    assert sentences[2].endswith("met under no strategy in any replicate.")
    assert sentences[3].endswith("no strategy is dominated in means.")


def test_findings_name_who_does_best(dataset):
    found = finding(robustness_table(dataset))
    assert found.sentences[0] == (
        "In the worst replicate (Wald), homicides: best under truce, 310; worst under nothing, 400 persons."
    )
    assert "best under truce, 60; worst under nothing, 100 persons" in found.sentences[1]
    assert "met most often under patrol and truce, in 50 % of replicates" in found.sentences[2]
    assert found.table["Strategy"].tolist() == list(HOMICIDES)


def test_outcomes_without_meaning_in_some_replicates(dataset):
    """Deaths per clash: the patrol clashes in two replicates, nothing and the truce in the first alone."""
    clashes = np.array([[2.0, 0, 0, 0], [2, 4, 0, 0], [1, 0, 0, 0]])
    killed = np.array([[4.0, 0, 0, 0], [2, 2, 0, 0], [3, 0, 0, 0]])
    dims = ("strategy", "replicate", "time")
    dataset = dataset.assign(confrontations=(dims, clashes[..., None]), killed_by_state=(dims, killed[..., None]))
    table = robustness_table(dataset, "deaths_per_clash").set_index("strategy")
    assert table["replicates"].tolist() == [1, 2, 1]
    assert table["worst"].tolist() == [2, 1, 3]
    assert table["regret_max"].tolist() == [1, 0, 2]
    assert table["aim_met"].tolist() == [0, 1, 0]
    none = dataset.assign(confrontations=(dims, clashes[..., None] * [[[1]], [[1]], [[0]]]))
    table = robustness_table(none, "deaths_per_clash")
    assert table["worst"].isna().tolist() == [False, False, True]
    assert finding(table).sentences == ["Under truce, deaths per clash has no meaning in any replicate."]


def test_one_replicate_and_one_strategy():
    table = robustness_table(run({"nothing": [5], "patrol": [4]}))
    assert table["worst"].tolist() == [5, 4]
    assert table["regret_max"].tolist() == [1, 0]
    assert len(robustness_table(run({"nothing": [5, 6]}))) == 1
    assert finding(robustness_table(run({"nothing": [5, 6]}))).sentences


NOT_RANKED = "a cost or a count, neither good nor bad; the nearest that ranks strategies is "


@pytest.mark.parametrize(
    ("outcome", "aim", "message"),
    [
        ("homicidse", Aim(), "outcome 'homicidse': unknown; the nearest that ranks strategies is 'homicides'"),
        ("cost", Aim(), f"outcome 'cost': {NOT_RANKED}"),
        ("homicides", Aim(improvement=101), "improvement=101: must be a number of at most 100"),
        ("homicides", Aim(improvement=float("nan")), "improvement=nan: must be a number of at most 100"),
        ("homicides", Aim(cost=-1), "cost=-1: must be million dollars from 0, or None"),
    ],
)
def test_misuse(dataset, outcome, aim, message):
    with pytest.raises(InputError, match=message):
        robustness_table(dataset, outcome, aim)


def points(figure, panel: int) -> dict[tuple[float, float], str]:
    """Centres of the markers of a panel, and the colours of their faces."""
    lines = [
        line for line in figure.axes[panel].get_lines() if line.get_marker() in "osD^v" and len(line.get_xdata()) == 1
    ]
    return {
        (float(line.get_xdata()[0]), float(line.get_ydata()[0])): to_hex(line.get_markerfacecolor()) for line in lines
    }


def test_the_front_is_drawn_where_the_numbers_are(dataset):
    dataset = xr.concat([dataset, dataset.isel(strategy=[0]).assign_coords(strategy=["delay"])], "strategy")
    dataset["homicides_total"] = dataset["homicides_total"] + xr.where(dataset["strategy"] == "delay", 1, 0)
    figure = pareto_plot(dataset)
    shown = points(figure, 0)
    assert set(shown) == {(0, 0), (5, -15), (9, -22.5), (0, 1)}
    assert shown[0, 1] == "#ffffff"  # dominated: hollow
    assert "#ffffff" not in {shown[0, 0], shown[5, -15], shown[9, -22.5]}
    (step,) = (line for line in figure.axes[0].get_lines() if line.get_drawstyle() == "steps-post")
    assert np.asarray(step.get_xdata()).tolist() == [0, 5, 9]
    assert np.asarray(step.get_ydata()).tolist() == [0, -15, -22.5]
    assert "truce (50 %)" in words(figure)
    assert "Schematic" in words(figure)
    assert isinstance(step, Line2D)


@pytest.mark.parametrize("count", [2, 9, 25])
def test_texts_of_the_front_do_not_overlap(count):
    generator = np.random.default_rng(0)
    names = [f"a_strategy_of_a_long_name_that_has_number_{number}" for number in range(count)]
    dataset = run({name: generator.random(8) * 1e5 for name in names}, spending=generator.random((count, 8)) * 1e6)
    assert_legible(pareto_plot(dataset))


def test_a_front_of_one_replicate_and_of_nothing_known(dataset):
    assert "one replicate" in words(pareto_plot(dataset.isel(replicate=[0])))
    unknown = dataset.assign(trust_total=dataset["trust_total"] * np.nan)
    dominated, free = front(unknown)
    assert not dominated.any()
    assert np.isnan(free).all()
    assert "nan" not in words(pareto_plot(unknown))
