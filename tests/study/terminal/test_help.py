"""Help by topic: every key with default value, what it takes, and what it means."""

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from rich.console import Console

from contagion._util.resources import folder
from contagion.errors import InputError
from contagion.study.terminal.help import TOPICS, Entry, help_on
from contagion.study.terminal.mistakes import GROUPS, options_of


def entries(topic):
    return [each for each in help_on(topic).renderables if isinstance(each, Entry)]


def shown(topic=None, width=80):
    console = Console(width=width)
    with console.capture() as kept:
        console.print(help_on(topic))
    text = kept.get()
    assert max(map(len, text.splitlines())) <= width
    return text


OPTIONS = [f"{group}.{option}" for group in GROUPS for option in options_of(group)]


def test_every_key_is_explained():
    """Of every section and of every option."""
    found = [entry for topic in (*TOPICS, *OPTIONS) for entry in entries(topic)]
    assert len(found) > 400
    assert [entry.key for entry in found if not (entry.default and entry.takes and entry.meaning.strip())] == []


def test_default_values_are_those_of_a_run():
    with initialize_config_dir(str(folder("conf")), version_base="1.3"):
        config = compose("config", ["intervention=[kingpin]", "region=lattice"])
    topics = ("run", "ensemble", "runtime", "forecast", "params", "intervention.kingpin", "region.lattice")
    found = [entry for topic in topics for entry in entries(topic)]
    assert {"weeks", "ensemble.seed", "params.retaliation", "intervention.kingpin.every", "region.rows"} <= {
        entry.key for entry in found
    }
    for entry in found:
        value = OmegaConf.select(config, entry.key)
        value = OmegaConf.to_container(value) if OmegaConf.is_config(value) else value
        given = yaml.safe_load(entry.default)
        assert (given if isinstance(value, type(given)) else str(given)) == value, entry.key


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (None, ["ensemble", "replicates, random numbers and batches", "intervention.kingpin"]),
        ("ensemble", ["ensemble.replicates=64  (1 to 1,000,000)", "runs per strategy"]),
        (
            "kingpin",
            ["intervention.kingpin.every=20  (weeks, 1 to 5,200)", "by=attributed  (attributed, size or "],
        ),
        ("intervention.kingpin", ["High-value targeting", "strategies.NAME.kingpin.KEY"]),
        ("region.lattice", ["region.cell_km=20  (0.001 to 100)", "side of a place, km", "region.groups=6"]),
        ("weeks", ["weeks=260  (1 to 5,200)", "weeks"]),
        ("replicates", ["ensemble.replicates=64"]),
        ("params.retaliation", ["params.retaliation=0.3"]),
        ("region", ["region=NAME", "Mexico's municipalities"]),
        ("experiment.quick", ["conf/experiment/quick.yaml", "weeks: 156"]),
        ("engine.slurm", ["engine.minutes=240  (1 to 100,000)", "limit of a job"]),
    ],
)
def test_topics(topic, expected):
    text = shown(topic)
    for words in expected:
        assert words in text


def test_a_topic_that_there_is_not():
    with pytest.raises(InputError, match=r"help enzemble: no such topic; the nearest is ensemble"):
        help_on("enzemble")
    with pytest.raises(InputError, match=r"the nearest is intervention\.concentric_handover"):
        help_on("handover")
