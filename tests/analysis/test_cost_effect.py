"""Cost against effect, counted by hand."""

import numpy as np
import pytest
import xarray as xr
from draws import assert_legible, run, words

from contagion.analysis.cost_effect import cost_effect_table, finding
from contagion.errors import InputError
from contagion.plots.cost_effect import cost_effect_plot

HOMICIDES = {"nothing": [100, 200], "patrol": [90, 170], "raids": [105, 205], "truce": [96, 196]}
COST = np.array([[0.0, 0], [10, 10], [8, 8], [-3, -3]])


@pytest.fixture
def dataset() -> xr.Dataset:
    """A patrol averts 20 on average at a cost of 10; raids add 5 at 8; a truce averts 4 and saves 3."""
    return run(HOMICIDES, spending=COST)


def test_table_by_hand(dataset: xr.Dataset) -> None:
    table = cost_effect_table(dataset).set_index("strategy")
    assert table["cost"].tolist() == [0, 10, 8, -3]
    assert table["averted"].tolist() == [0, 20, -5, 4]
    assert table["dominated_by"].tolist() == ["truce", "", "nothing, truce", ""]
    assert table["averted_per_million"].dropna().to_dict() == {"patrol": 2.0}
    assert table.loc["patrol", ["averted_q05", "averted_q95"]].tolist() == [11, 29]
    apart = 6.313752 * np.std([10, 30], ddof=1) / np.sqrt(2)
    assert table.loc["patrol", ["averted_low", "averted_high"]].tolist() == pytest.approx([20 - apart, 20 + apart])
    assert "net_benefit" not in table


def test_net_benefit(dataset: xr.Dataset) -> None:
    table = cost_effect_table(dataset, value_of_life=0.75).set_index("strategy")
    assert table["net_benefit"].tolist() == [0, 5, -11.75, 6]
    assert table["beneficial"].tolist() == [0, 0.5, 0, 1]
    words_ = " ".join(finding(table.reset_index()).sentences)
    assert "its net benefit is +5 million dollars, above zero in 50\N{NO-BREAK SPACE}% of replicates" in words_


def test_discounting_counts_from_the_middle_of_periods() -> None:
    """Two periods of a year: the second counts for less, money and lives alike."""
    once = run({"nothing": [9.0], "patrol": [8.0]}, spending=np.array([[0.0], [2]]))
    twice = xr.concat([once, once], "time").assign_coords(weeks=("time", [52, 52]))
    plain, discounted = cost_effect_table(twice), cost_effect_table(twice, discount_rate=0.05)
    assert plain["cost"].tolist() == [0, 4]
    factor = 1.05 ** (-26 / 52.1775) + 1.05 ** (-78 / 52.1775)
    assert discounted["cost"].tolist() == pytest.approx([0, 2 * factor])
    assert discounted["averted"].tolist() == pytest.approx([0, factor])
    assert "Money and lives are discounted by 5 % a year." in finding(discounted).sentences


def test_findings_say_dominated_in_place_of_a_negative_ratio(dataset: xr.Dataset) -> None:
    _, sentences, table = finding(cost_effect_table(dataset))
    assert sentences[0] == (
        "patrol costs 10 million dollars more than nothing and averts 20 homicides, 2 per million dollars."
    )
    assert sentences[1].endswith("and adds 5 homicides: dominated by nothing and truce.")
    assert sentences[2] == "truce saves 3 million dollars against nothing and averts 4 homicides."
    assert table["Averted per million dollars"].tolist() == ["2", "dominated", "no more is spent"]
    assert table["Homicides averted"].tolist()[0] == "20 (11 to 29)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(discount_rate=1.5), r"discount_rate=1\.5: must be a share per year from 0 to 1"),
        (dict(discount_rate=float("nan")), "discount_rate=nan: must be"),
        (dict(value_of_life=0), "value_of_life=0: must be million dollars above 0"),
        (dict(value_of_life=float("inf")), "value_of_life=inf: must be"),
    ],
)
def test_misuse(dataset: xr.Dataset, options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cost_effect_table(dataset, **options)


def test_figure_is_drawn_where_the_numbers_are(dataset: xr.Dataset) -> None:
    figure = cost_effect_plot(dataset, cost_effect_table(dataset, discount_rate=0.0))
    assert_legible(figure)
    points = [line for line in figure.axes[0].get_lines() if len(line.get_xdata()) == 1]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in points] == [(0, 0), (10, 20), (8, -5), (-3, 4)]
    assert [line.get_markerfacecolor() == "white" for line in points] == [True, False, True, False]
    assert "Schematic" in words(figure)
    assert "discounted" in words(cost_effect_plot(dataset, cost_effect_table(dataset, discount_rate=0.03)))


@pytest.mark.parametrize("count", [2, 9, 20])
def test_texts_do_not_overlap(count: int) -> None:
    generator = np.random.default_rng(0)
    names = [f"a_strategy_of_a_long_name_that_has_number_{number}" for number in range(count)]
    made = run({name: generator.random(8) * 1e5 for name in names}, spending=generator.random((count, 8)) * 1e6)
    assert_legible(cost_effect_plot(made, cost_effect_table(made)))
