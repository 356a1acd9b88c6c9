"""What becomes of arguments before Hydra reads them."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from contagion.study.arguments import choices, prepared


def test_a_polygon_file_implies_its_region():
    assert prepared(["region.path=a.gpkg", "weeks=4"]) == ["region=file", "region.path=a.gpkg", "weeks=4"]
    for chosen in ("region=mexico", "+region=file", "experiment=benchmark"):
        assert prepared([chosen, "region.path=a.gpkg"]) == [chosen, "region.path=a.gpkg"]
    assert prepared(["weeks=4"]) == ["weeks=4"]


@pytest.mark.parametrize(
    "path", ["~/a.gpkg", "/data (old)/a[1].gpkg", "it's {here}/a,b.gpkg", "a\\b=c.gpkg", "a[\\'b\\", "Ñame 2.gpkg"]
)
@pytest.mark.parametrize("key", ["region.path", "+region.counts", "hydra.run.dir", "params.posterior"])
def test_paths_reach_hydra_as_they_are(path, key):
    (argument,) = prepared([f"{key}={path}"])[-1:]
    assert str(getattr(OverridesParser.create().parse_override(argument).value(), "text", path)) == path


def test_what_is_no_path_is_left_alone():
    given = ["region.id=code", "region.path='a b.gpkg'", "intervention=[kingpin]", "strategies=~x", "weeks=choice(1,2)"]
    assert prepared(["region=file", *given]) == ["region=file", *given]
    assert choices(["region=mexico", "weeks=3", "strategies=targeting", "region.path=a"]) == [
        "region=mexico", "strategies=targeting"
    ]  # fmt: skip
