"""Every option of every group composes and builds; every mistake is one clear sentence."""

import math
import shutil
from dataclasses import replace
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest
import yaml
from conftest import settings
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from contagion._util.resources import folder
from contagion.errors import InputError
from contagion.interventions.historical import LeftOut, RecordedOperations, RecordedRemovals, history_of
from contagion.interventions.kingpin import Kingpin
from contagion.interventions.registry import load_driver, load_intervention
from contagion.kernel.controls import Controls
from contagion.kernel.fields import area, choice
from contagion.kernel.intervention import Intervention
from contagion.parameters.build import build_component
from contagion.parameters.presets import build_params, load_params, preset
from contagion.regions.atlas import load_region
from contagion.simulation.simulate import simulate
from contagion.study.jobs.worker import arguments_of
from contagion.study.settings import Ensemble, build_drivers, build_strategies, validate

OPTIONS = [
    (path.parent.name, path.stem)
    for path in sorted(folder("conf").glob("*/*.yaml"))
    if path.parent.name not in ("hydra", "region", "engine")
]


@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_every_option_composes_and_builds(group, option):
    selected = f"{group}=[{option}]" if group in ("intervention", "driver") else f"{group}={option}"
    chosen = settings(selected)
    build_params(chosen.params, chosen.ensemble.replicates)
    assert build_strategies(chosen)
    with_driver = group == "driver" or (group, option) == ("experiment", "guerrero_poppy")
    assert len(build_drivers(chosen)) == with_driver


def test_default_strategies():
    strategies = build_strategies(settings())
    assert list(strategies) == ["baseline", "kingpin", "middle_layer", "concentric_handover"]
    assert strategies["baseline"] == ()


def test_experiments_are_deltas_on_everything_else():
    assert (settings("experiment=quick").weeks, settings().weeks) == (156, 260)
    assert settings("experiment=assumptions").ensemble.priors
    assert "surge_then_barracks" in build_strategies(settings("experiment=withdrawal"))
    assert settings("experiment=quick", "weeks=7").weeks == 7


def test_strategies_stay_in_their_order():
    """Whatever their names: the first is what all others are compared with."""
    atlas = load_region("lattice", rows=3, columns=3)
    strategies = {"zero": (), "middle": (load_intervention("kingpin"),), "alpha": ()}
    chosen = SimpleNamespace(strategies=strategies, drivers=(), params=load_params())
    run = simulate(atlas, **arguments_of(chosen, 0, 2), weeks=2)
    assert run["strategy"].values.tolist() == ["zero", "middle", "alpha"]


def test_a_strategy_leaves_recorded_events_out():
    strategies = build_strategies(settings("experiment=calderon_2006"))
    assert next(iter(strategies)) == "as_happened"
    removals, operations = recorded()
    kept = {name: history_of(strategy, (removals, operations)) for name, strategy in strategies.items()}
    assert kept == {
        "as_happened": (removals, operations),
        "without_captures": (operations,),
        "without_operations": (removals,),
        "sweeps_instead": (operations,),
    }
    with pytest.raises(InputError, match=r"strategies\.odd\.history\.captures: no such key; the nearest is"):
        build_strategies(settings("+strategies.odd.history.captures=false"))
    with pytest.raises(InputError, match=r"strategies\.odd\.history\.removals='never': must be one of on, off"):
        build_strategies(settings("+strategies.odd.history.removals=never"))


def recorded():
    """A removal in the third week, and an operation in all weeks."""
    one = np.array([2])
    removals = RecordedRemovals(
        week=jnp.array(one), group=jnp.array([0]), place=jnp.array([0]), killed=jnp.array([0.0]),
        severity=jnp.array([0.8]),
    )  # fmt: skip
    return removals, RecordedOperations(week=jnp.array([0]), weeks=jnp.int32(9), military=jnp.ones((1, 9)))


def test_what_is_left_out_does_not_happen():
    """A removal of the record under one strategy, and not under the one that leaves it out."""
    atlas = replace(load_region("lattice", rows=3, columns=3), history=recorded())
    strategies = {"as_happened": (), "without": (LeftOut(removals=True, operations=False),)}
    run = simulate(atlas, strategies, weeks=6, replicates=2)
    assert run["captures"].sum(("time", "group")).values.tolist() == [[1, 1], [0, 0]]
    assert run["raids_total"].sum("time").values.tolist() == [[1, 1], [0, 0]]
    military = run["military_total"].isel(time=-1)
    assert np.array_equal(military[0], military[1])


def test_an_option_waits_for_a_condition_of_the_configuration():
    (truce,) = build_strategies(settings("experiment=truce_2012"))["police_then_truce"][1:]
    assert truce.after.measure == "capability"
    assert int(truce.after.weeks) == 13
    assert truce.until is None
    with pytest.raises(InputError, match=r"strategies\.odd\.truce\.until\.at_most='low': must be a number"):
        build_strategies(settings("+strategies.odd.truce.until={measure:homicides,at_most:low}"))


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
        (["start=2020-13-01"], r"start='2020-13-01': must be a date such as 2020-01-01"),
        (["start=2007"], r"start=2007: must be a date such as 2007-01-01"),
        (["start=2007-3"], r"start='2007-3': must be a date such as 2007-03-01"),
        (["start=86400"], r"start=86400: must be a date such as"),
        (["forecast.horizons=[]"], r"forecast.horizons=\[\]: must name at least one: list of 1 to 60 or null"),
        (["record=day"], r"record='day': input should be 'month' or 'week'"),
        (["output=everything"], r"output='everything': input should be 'summary' or 'full'"),
        (["figures=[png,jpg]"], r"figures.1='jpg': input should be 'png', 'svg' or 'pdf'"),
        (["cost.discount_rate=2"], r"cost\.discount_rate=2: input should be less than or equal to 1"),
        (["cost.value_of_life=0"], r"cost\.value_of_life=0: input should be greater than 0"),
        (["+cost.discount=0.1"], r"cost\.discount: no such key; the nearest is discount_rate"),
        (["ensemble.drawn_replicates=-1"], r"ensemble\.drawn_replicates=-1: input should be greater than or equal"),
        (["figures=[]"], r"figures=\[\]: must name at least one: list of png, svg, pdf"),
        (["figures=svg"], r"figures='svg': must be a list, such as \[svg\]"),
        (["export=[gpk]"], r"export.0='gpk': input should be 'gpkg', 'csv', 'netcdf' or 'xlsx'"),
        (["ensemble.replicates=-3"], r"ensemble.replicates=-3"),
        (["ensemble.priors=perhaps"], r"ensemble.priors='perhaps': must be one of on, off, true, false"),
        (["ensemble.priors=2"], r"ensemble.priors=2: must be one of on, off, true, false"),
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
        (dict(retaliation=0.7, spillover=0.4), r"params.retaliation \+ params.spillover\) = 1.1: the branching ratio"),
        (
            dict(capture_shock=1.7),
            "params.killing_shock - params.capture_shock = -0.1: must not be negative: a killing destabilises",
        ),
        (dict(split_hazard=1.0), "split_hazard_headless = 1.01: must be at most 1: the rate is too fast"),
        (dict(relocation=0.2, flight=0.1), r"4 \* .* \(params.relocation \+ params.flight\) = 1.2"),
        (dict(entry=0.1), "params.entry_weakness\\) = 1.6"),
        (dict(recruitment=0.1, operator_share=0.001, operator_share_half=1), "params.recruitment .* = 100"),
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
        preset("params", "defualt")


class Patrol(Intervention):
    """An option with words to choose from and an area."""

    effects = ()

    mode: str = choice("on foot", "by car")
    beat: str = area("the hottest places")

    def act(self, memory, view, region, week):
        return Controls(), memory


def test_words_and_areas_of_an_option():
    patrol = build_component(Patrol, dict(mode="by car", beat="ports"), "patrol")
    assert (patrol.mode, patrol.beat) == ("by car", "ports")
    assert (
        build_component(Patrol, dict(mode="on foot", beat=None), "patrol").beat == ""
    )  # what the option takes instead


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(mode="by bus"), r"patrol.mode='by bus': must be one of on foot, by car$"),
        (dict(mode=3), r"patrol.mode=3: must be one of on foot, by car$"),
        (dict(mode=["on foot"]), r"patrol.mode=\['on foot'\]: must be one of"),
        (dict(mode=None), r"patrol.mode=None: must be one of"),
        (dict(beat=3), r"patrol.beat=3: must be the name of an area of the region, or null for the hottest places$"),
        (dict(beat="two words"), r"patrol.beat='two words': must be the name of an area"),
        (dict(beat=""), r"patrol.beat='': must be the name of an area"),
    ],
)
def test_bad_words_and_areas(change, message):
    with pytest.raises(InputError, match=message):
        build_component(Patrol, {"mode": "by car", "beat": None, **change}, "patrol")


def test_drivers_are_chosen_like_interventions():
    demand, opium = build_drivers(settings("driver=[us_demand,opium_price]", "driver.opium_price.crops=hills"))
    assert float(demand.growth) == float(load_driver("us_demand").growth)
    assert opium.crops == "hills"
    assert build_drivers(settings()) == ()
    assert float(load_driver("us_demand", growth=-0.5).growth) == -0.5
    with pytest.raises(
        InputError, match=r"driver: no driver 'us_demnd'; the nearest is us_demand\. .*named on the command line"
    ):
        load_driver("us_demnd")
    with pytest.raises(InputError, match="no driver 'kingpin'"):
        load_driver("kingpin")
    with pytest.raises(InputError, match=r"driver.us_demand.growth=5: out of bounds"):
        build_drivers(settings("driver=[us_demand]", "driver.us_demand.growth=5"))


def test_drivers_act_under_every_strategy():
    atlas = load_region("lattice", rows=3, columns=3)
    strategies = {"baseline": (), "barracks": (load_intervention("barracks", start=1),)}
    options = dict(weeks=6, replicates=8, record="week")
    calm, driven = (
        simulate(atlas, strategies, drivers=(load_driver("economic_shock", start=2, share=share),), **options)
        for share in (0.0, 1.0)
    )
    for name in strategies:
        before, after = (data.recruits.sel(strategy=name).sum("group") for data in (calm, driven))
        assert (after[:, :2] == before[:, :2]).all()
        assert (after[:, 2:] > 1.5 * before[:, 2:]).all()


@pytest.mark.parametrize(
    ("given", "meant"), [("on", True), ("off", False), ("true", True), ("false", False), ("'on'", True), ("ON", True)]
)
def test_switches_are_words_or_truth_values(given, meant):
    assert settings(f"ensemble.priors={given}").ensemble.priors is meant


def test_a_prior_is_replaced_on_the_command_line():
    chosen = settings("~priors.retaliation.uniform", "+priors.retaliation.normal=[0.3,0.1]")
    assert chosen.priors["retaliation"] == {"normal": [0.3, 0.1]}


def test_switches_in_yaml():
    values = "{replicates: 1, seed: 0, priors: on, deterministic: off, generator: hash, chunk_size: null, batch: null, "
    assert validate(Ensemble, yaml.safe_load(values + "tolerance: null, drawn_replicates: 0}")).priors is True


def test_channels_that_are_off_have_no_rate():
    assert load_params(contagion_channel=0, retaliation=0.7, spillover=0.4)
    assert load_params(relocation_channel=0, relocation=1.0)
    assert load_params(entry_channel=0, entry=1.0)


@pytest.fixture
def presets(tmp_path, monkeypatch):
    """A copy of conf in which presets can be added."""
    shutil.copytree(folder("conf"), tmp_path / "conf")
    for module in ("presets", "posterior"):
        monkeypatch.setattr(f"contagion.parameters.{module}.folder", lambda name: tmp_path / name)
    return tmp_path / "conf" / "params"


def test_presets_hold_differences(presets):
    (presets / "first.yaml").write_text("defaults: [default, _self_]\nimpunity: 0.5\nretaliation: 0.2\n")
    (presets / "second.yaml").write_text("defaults: [first]\nimpunity: 0.7\nspillover: 0.0\n")
    assert preset("params", "first") == preset("params", "default") | dict(impunity=0.5, retaliation=0.2)
    second = preset("params", "first") | dict(impunity=0.7, spillover=0.0)
    assert preset("params", "second") == second
    with initialize_config_dir(str(presets.parent), version_base="1.3"):
        assert OmegaConf.to_container(compose("config", overrides=["params=second"]))["params"] == second
    assert float(load_params("first", spillover=0.05).impunity) == 0.5


def test_a_preset_brings_its_posterior(presets):
    (presets / "fitted.yaml").write_text("defaults: [default, _self_]\nposterior: fitted.csv\n")
    (presets / "fitted.csv").write_text("impunity,retaliation\n0.5,0.2\n0.75,0.25\n")
    params = load_params("fitted", replicates=5)
    assert params.impunity.shape == params.retaliation.shape == (5,)
    assert params.spillover.shape == ()
    assert load_params("fitted", posterior=None).impunity.shape == ()
    with pytest.raises(InputError, match=r"params.posterior=fitted.csv: needs replicates"):
        load_params("fitted")
    with pytest.raises(InputError, match=r"params.retaliation: is drawn from params.posterior=fitted.csv"):
        load_params("fitted", replicates=5, retaliation=0.3)
    with pytest.raises(InputError, match=r"params.posterior=3: must be the path"):
        load_params(posterior=3)
