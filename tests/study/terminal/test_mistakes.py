"""What is no argument is told with the nearest form that is one."""

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from contagion._util.resources import folder
from contagion.errors import InputError, install, nearest
from contagion.study.terminal.mistakes import check_words, explained


def told(*arguments):
    """What is said to arguments that Hydra refuses."""
    try:
        with initialize_config_dir(str(folder("conf")), version_base="1.3"):
            OverridesParser.create().parse_overrides(list(arguments))
            compose("config", list(arguments))
    except HydraException as error:
        return explained(error, arguments)
    raise AssertionError(f"{arguments} are no mistake")


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("kingpin", "the nearest is intervention=[kingpin]"),
        ("handover", "the nearest is intervention=[concentric_handover]"),
        ("opium", "the nearest is driver=[opium_price]"),
        ("quick", "the nearest is experiment=quick"),
        ("mexico", "the nearest is region=mexico"),
        ("weeks", "the nearest is weeks=260"),
        ("seed", "the nearest is ensemble.seed=0"),
        ("statsu", "the nearest is contagion status FOLDER"),
        ("ensemble", "the nearest is contagion help ensemble"),
        ("zzz", "such as weeks=104"),
    ],
)
def test_a_bare_word(word, right):
    said = told(word)
    assert said.startswith(f"{word}: must be KEY=VALUE")
    assert said.endswith(right)


def test_a_command_comes_first():
    assert told("status") == "status: comes first: contagion status FOLDER"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("region=mex", "region=mex: no such option; the nearest option is region=mexico"),
        ("intervention=[handover]", "the nearest option is intervention=[concentric_handover]; a class of your own is"),
        ("strategies=handover", "concentric_handover is an intervention: intervention=[concentric_handover], that"),
        ("strategies=[kingpin,barracks]", "barracks is an intervention: intervention=[barracks], that option against"),
        ("intervention=[targeting]", "targeting is a list of strategies: strategies=targeting"),
        ("experiment=kingpin", "(amlo_2019, assumptions, benchmark and"),
        (
            "intervention=kingpin,barracks",
            "several values are a sweep, with -m; a list is intervention=[kingpin,",
        ),
        ("+region=mexico", "one is chosen already: write region=NAME, without a +"),
        ("hydra/launcher=joblib", "Could not find 'hydra/launcher/joblib'"),
        ("intervention=['a.py:B']", "'a.py:B' names code, which only the command line may do"),
    ],
)
def test_an_option_that_there_is_not(override, said):
    words = told(override)
    assert said in words
    assert "search path" not in words


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("wekks=3", "wekks: no such key; the nearest key is weeks"),
        ("replicates=3", "the nearest key is ensemble.replicates"),
        ("ensemble.replicate=3", "the nearest key is ensemble.replicates"),
        ("kingpin.every=4", "the nearest key is strategies.kingpin.kingpin.every"),
        (
            "intervention.kingpin.every=4",
            "kingpin is not chosen: add intervention=[kingpin]; of a strategy that is compared it is "
            "strategies.kingpin.kingpin.every",
        ),
        ("intervention.kingpin.evry=4", "the nearest key is intervention.kingpin.every"),
    ],
)
def test_a_key_that_there_is_not(override, said):
    assert told(override).endswith(said)


def test_keys_of_what_is_chosen():
    """And where one of what is chosen is no option, of the rest."""
    assert told("region=lattice", "rows=3").endswith("the nearest key is region.rows")
    assert told("intervention=[barracks]", "intervention.barracks.stat=3").endswith("intervention.barracks.start")


@pytest.mark.parametrize(
    ("argument", "right"),
    [
        ("--weeks=104", "keys have no dashes: weeks=104"),
        ("--weeks", "keys have no dashes: weeks=VALUE"),
        ("--mult", "the nearest is --multirun"),
        ("--config-dri=a", "the nearest is --config-dir=a"),
    ],
)
def test_an_option_with_dashes(argument, right):
    """One that is cut short would go past what looks for it in full."""
    with pytest.raises(InputError, match=rf"^{argument}: no such option; .*{right}$"):
        check_words([argument])
    check_words(["-m", "--multirun", "--config-dir=a", "weeks=3", "region.name=--a"])


def test_what_a_word_is_part_of_comes_first():
    assert nearest("handover", ["hangover", "concentric_handover"]) == "concentric_handover"
    assert nearest("LAW", ["laws_of", "raw"]) == "laws_of"
    assert nearest("x", ["y"]) == "y"
    assert nearest("x", []) == "nothing"


def test_what_to_install():
    """In an installed package, and in a checkout."""
    assert install("mexico") == "pip install 'contagion[mexico]', or in a checkout pip install -e '.[mexico]'"
