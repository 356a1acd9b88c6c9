"""Every option of every group composes and builds; every mistake is one clear sentence."""

import math
from dataclasses import fields

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from contagion.config import (
    Settings,
    branching_ratio,
    build_params,
    build_strategies,
    default,
    load_intervention,
    load_params,
    validate,
)
from contagion.errors import InputError
from contagion.interventions.kingpin import Kingpin
from contagion.priors import draw
from contagion.resources import folder
from contagion.state import Params

OPTIONS = [
    (path.parent.name, path.stem)
    for path in sorted(folder("conf").glob("*/*.yaml"))
    if path.parent.name not in ("hydra", "region")
]


def settings(*overrides: str) -> Settings:
    with initialize_config_dir(str(folder("conf")), version_base="1.3"):
        config = compose("config", overrides=list(overrides))
    return validate(Settings, OmegaConf.to_container(config, resolve=True))


@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_every_option_composes_and_builds(group, option):
    selected = f"intervention=[{option}]" if group == "intervention" else f"{group}={option}"
    chosen = settings(selected)
    build_params(chosen.params)
    assert build_strategies(chosen)


def test_default_strategies():
    strategies = build_strategies(settings())
    assert list(strategies) == ["baseline", "kingpin", "middle_layer", "concentric_handover"]
    assert strategies["baseline"] == ()


def test_experiments_are_deltas_on_everything_else():
    assert (settings("experiment=quick").weeks, settings().weeks) == (156, 260)
    assert settings("experiment=assumptions").ensemble.priors
    assert "surge_then_barracks" in build_strategies(settings("experiment=withdrawal"))
    assert settings("experiment=quick", "weeks=7").weeks == 7


def test_interventions_compose_into_one_strategy():
    strategies = build_strategies(settings("intervention=[kingpin,concentric_handover]"))
    assert list(strategies) == ["baseline", "kingpin+concentric_handover"]
    assert len(strategies["kingpin+concentric_handover"]) == 2


def test_what_is_not_given_is_as_in_conf():
    strategies = build_strategies(settings("+strategies.early.kingpin.start=1"))
    assert int(strategies["early"][0].start) == 1
    assert float(strategies["early"][0].severity) == pytest.approx(0.8)


def test_a_strategy_that_does_nothing_comes_first():
    chosen = settings().model_copy(update={"strategies": {"hard": {"kingpin": {}}, "do nothing": {}}})
    assert list(build_strategies(chosen)) == ["do nothing", "hard"]


def test_numbers_are_overridden_where_they_live():
    chosen = settings("strategies.kingpin.kingpin.severity=0.25", "params.retaliation=0.1")
    ((kingpin,),) = [strategy for name, strategy in build_strategies(chosen).items() if name == "kingpin"]
    assert isinstance(kingpin, Kingpin)
    assert float(kingpin.severity) == 0.25
    assert float(build_params(chosen.params).retaliation) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["weeks=0"], r"weeks=0: input should be greater than or equal to 1"),
        (["weeks=many"], r"weeks='many'"),
        (["start=2020-13-01"], r"start='2020-13-01'"),
        (["record=day"], r"record='day': input should be 'month' or 'week'"),
        (["output=everything"], r"output='everything': input should be 'summary' or 'full'"),
        (["ensemble.replicates=-3"], r"ensemble.replicates=-3"),
        (["ensemble.priors=perhaps"], r"ensemble.priors='perhaps'"),
        (["runtime.device=tpu"], r"runtime.device='tpu': input should be 'auto', 'cpu' or 'gpu'"),
        (["+ensemble.replicate=3"], r"ensemble.replicate: no such key; the nearest is replicates"),
        (["+wekks=3"], r"wekks: no such key; the nearest is weeks"),
    ],
)
def test_bad_settings(overrides, message):
    with pytest.raises(InputError, match=message):
        settings(*overrides)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(recruitment=-1), r"params.recruitment=-1: out of bounds, must be a number from 0 to 0.1 \(1/week\)"),
        (dict(impunity="high"), r"params.impunity='high': must be a number from 0 to 1 \(share\)"),
        (dict(conflict=math.inf), r"params.conflict=inf: out of bounds"),
        (dict(recruitmnt=0.1), r"params.recruitmnt: no such key; the nearest is recruitment"),
        (dict(retaliation=0.7, spillover=0.4), r"params.retaliation \+ params.spillover = 1.1: the branching ratio"),
    ],
)
def test_bad_params(change, message):
    with pytest.raises(InputError, match=message):
        load_params(**change)


def test_missing_params():
    with pytest.raises(InputError, match="params: missing capture_shock"):
        build_params({})


def test_a_preset_differs_from_the_default_in_what_it_names():
    preset = load_params("national_law")
    assert float(preset.split_hazard) == 0
    assert float(preset.recruitment) == float(load_params().recruitment)
    assert float(load_params("national_law", split_hazard=0.5).split_hazard) == 0.5
    with pytest.raises(InputError, match="params=nation: no such option; the nearest is national_law"):
        load_params("nation")


def test_unknown_options():
    with pytest.raises(InputError, match="no intervention 'kingpim'; the nearest is kingpin"):
        load_intervention("kingpim")
    with pytest.raises(InputError, match="params=defualt: no such option; the nearest is default"):
        default("params", "defualt")


def test_every_default_has_a_declared_status():
    assert {field.metadata["status"] for field in fields(Params)} <= {"published", "calibrated", "assumed"}
    for field in fields(Params):
        assert field.metadata["source"] or field.metadata["status"] == "assumed"


def test_every_assumed_parameter_has_a_prior_and_no_published_one_has():
    """What nobody measured is sampled, never silently fixed; modelling bounds are not numbers of the world."""
    priors = set(default("priors", "broad"))
    assumed = {field.name for field in fields(Params) if field.metadata["status"] == "assumed"}
    published_elsewhere = {"retaliation_weeks"}  # measured in Chicago, uncertain in Mexico
    assert priors == assumed - {"endemic_floor"} | published_elsewhere


def test_draws_do_not_depend_on_how_many():
    priors, params = default("priors", "broad"), load_params()
    few, many = draw(priors, params, 5, 1), draw(priors, params, 50, 1)
    for name, distribution in priors.items():
        ((_, (low, high)),) = distribution.items()
        values = getattr(many, name)
        assert values.shape == (50,)
        assert (values[:5] == getattr(few, name)).all()
        assert low <= values.min() <= values.max() <= high * 1.0001
    assert few.recruitment.shape == ()
    assert not (draw(priors, params, 5, 2).retaliation == few.retaliation).any()


@pytest.mark.parametrize(
    ("priors", "message"),
    [
        ({"retaliatoin": {"uniform": [0, 1]}}, "priors.retaliatoin: no such parameter; the nearest is retaliation"),
        ({"retaliation": {"normal": [0, 1]}}, "must be one of uniform or loguniform"),
        ({"retaliation": 0.3}, "must be one of uniform or loguniform"),
        ({"retaliation": {"uniform": [0.3]}}, "must be two numbers"),
        ({"retaliation": {"uniform": [0.3, "x"]}}, "must be two numbers"),
        ({"retaliation": {"uniform": [0.5, 0.3]}}, "must be increasing and within 0 to 1"),
        ({"retaliation": {"uniform": [0.5, 3]}}, "must be increasing and within 0 to 1"),
        ({"retaliation": {"loguniform": [0, 1]}}, "the lower bound must be positive"),
        ({"retaliation": {"uniform": [0.95, 1.0]}}, "branching ratio must be below 1"),
    ],
)
def test_bad_priors(priors, message):
    with pytest.raises(InputError, match=message):
        draw(priors, load_params(), 8, 0)


def test_branching_ratio():
    assert branching_ratio(load_params(retaliation=0.25, spillover=0.5)) == pytest.approx(0.75)
