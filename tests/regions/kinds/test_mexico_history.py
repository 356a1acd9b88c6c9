"""The removals: which are kept, and whose they are."""

from contagion.regions.kinds import mexico_records
from contagion.regions.kinds.mexico_history import ACTORS, removals


def test_removals():
    table = removals()
    assert len(table) == 31  # the death of 2010-12-09 was announced falsely
    assert table.date.is_monotonic_increasing
    assert table.code.str.fullmatch(r"\d{5}").all()
    assert set(table.outcome) == {"captured", "killed"}
    assert (table.level == "leader").sum() == 24
    assert table.actor.isna().sum() == 3  # Knights Templar
    assert table.loc[table.code == "05026", "actor"].tolist() == ["Los Zetas"]


def test_actors_and_codes_are_those_of_the_public_files(public_files):
    assert set(ACTORS.values()) <= set(mexico_records.events(str(public_files)).actor)
    polygons, _ = mexico_records.municipalities(str(public_files))
    assert set(removals().code) <= set(polygons.index)
