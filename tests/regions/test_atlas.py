"""Options, assembly, and what every kind of region promises."""

import subprocess
import sys

import jax
import numpy as np
import pytest
from omegaconf import OmegaConf

from contagion._util.resources import folder
from contagion.errors import InputError
from contagion.regions.atlas import KINDS, load_region


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_has_its_default_in_the_configuration(kind):
    values = OmegaConf.to_container(OmegaConf.load(folder("conf") / "region" / f"{kind}.yaml"))
    assert values.pop("kind") == kind
    assert set(values) == set(KINDS[kind].Options.model_fields)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("mexic", {}, "region.kind=mexic: no such kind; the nearest is mexico"),
        ("lattice", {"row": 3}, "region.row: the kind lattice has no such option; the nearest is rows"),
        ("lattice", {"rows": 0}, r"region\.rows=0 \(rows of places\).*the nearest valid value is 1$"),
        ("lattice", {"groups": 257}, r"region\.groups=257 .* the nearest valid value is 256$"),
        ("lattice", {"rows": "many"}, r"region\.rows=many .*valid integer"),
        ("lattice", {"capability": "high"}, r"region\.capability=high .*valid number"),
        ("lattice", {"weights": "rook"}, r"region\.weights=rook .*'queen' or 'distance'"),
        ("mexico", {"start": "1999-06-01"}, r"region\.start=1999-06-01 .* nearest valid value is 2001-01-01"),
        ("file", {}, r"region\.path .*: missing; give region\.path=VALUE"),
    ],
)
def test_bad_options(kind, options, message):
    with pytest.raises(InputError, match=message):
        load_region(kind, **options)


@pytest.mark.parametrize("kind", ["schematic", "lattice"])
@pytest.mark.parametrize("weights", ["queen", "distance"])
def test_region_is_well_formed(kind, weights):
    atlas = load_region(kind, weights=weights)
    region, places, groups = atlas.region, len(atlas.polygons), len(atlas.groups)
    assert region.members.shape == (groups, places)
    assert region.hostility.shape == (groups, groups)
    for name in ("population", "homicides", "military", "police", "easting", "northing", "province"):
        assert getattr(region, name).shape == (places,)
    for leaf in jax.tree.leaves(region):
        assert isinstance(leaf, np.ndarray)
        assert leaf.dtype in (np.float64, np.int32)
        assert np.isfinite(leaf).all()
    sums = region.weights.sum(axis=1)
    np.add.at(sums, region.tail_place, region.tail_weight)
    assert np.allclose(sums, 1, atol=1e-6)
    assert set(region.province) == set(range(region.provinces))
    assert list(atlas.polygons.columns) == ["name", "state", "population", "lon", "lat", "geometry"]
    assert atlas.polygons.index.is_unique
    assert atlas.polygons.crs.to_epsg() == 4326


@pytest.mark.parametrize("groups", [1, 2, 4, 8, 64])
def test_hostility_has_the_published_mean(groups):
    region = load_region("lattice", groups=groups).region
    members = region.members.sum(axis=1, dtype=float)
    assert (np.diag(region.hostility) == 0).all()
    assert np.array_equal(region.hostility, region.hostility.T)
    mean = members @ region.hostility @ members / members.sum() ** 2
    assert mean == pytest.approx(0.328 if groups > 1 else 0, rel=1e-5)


def test_loading_touches_no_device():
    script = (
        "from contagion.regions.atlas import load_region; load_region('lattice');"
        "from jax._src import xla_bridge; assert not xla_bridge._backends"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=folder("conf").parent)
