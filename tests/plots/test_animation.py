"""Maps that move: every frame is the map of its period, in the colours of the legend, and nothing is overwritten."""

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import xarray as xr
from lattice import lattice, run
from matplotlib.figure import Figure
from PIL import Image

from contagion import plots
from contagion.analysis.select import by_period
from contagion.errors import InputError
from contagion.plots import animation
from contagion.plots.color_classes import classes_of

STRATEGIES = ["baseline", "kingpin"]


@pytest.fixture
def polygons() -> gpd.GeoDataFrame:
    return lattice(3, 4)


@pytest.fixture
def dataset(polygons: gpd.GeoDataFrame) -> xr.Dataset:
    """Five months; violence grows, and one place is not known in the third."""
    dataset = run(polygons, STRATEGIES).isel(time=slice(5))
    grown = dataset.homicides * (1 + np.arange(5))[:, None]
    grown[:, :, 2, 3] = np.nan
    return dataset.assign(homicides=grown.assign_attrs(dataset.homicides.attrs))


def frames(path: Path) -> list[np.ndarray]:
    with Image.open(path) as film:
        several = []
        for number in range(getattr(film, "n_frames", 1)):
            film.seek(number)
            several.append(np.asarray(film.convert("RGB")))
        return several


def middles(figure: Figure) -> list[np.ndarray]:
    """Column and row of the picture in the middle of each place, by map."""
    found = []
    for axes in figure.axes:
        centres = [path.get_extents().get_points().mean(0) for path in axes.collections[0].get_paths()]
        found.append(np.rint(axes.transData.transform(centres) * (1, -1) + (0, figure.bbox.height)).astype(int))
    return found


@pytest.mark.parametrize("strategies", [["kingpin"], STRATEGIES])
def test_every_frame_shows_its_period(
    strategies: list[str],
    dataset: xr.Dataset,
    polygons: gpd.GeoDataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = []
    monkeypatch.setattr(animation, "plate", lambda *given, make=animation.plate: drawn.append(make(*given)) or drawn[0])
    path = plots.animate(dataset, polygons, tmp_path / "moving.gif", strategies=strategies)
    assert path == tmp_path / "moving.gif"
    assert list(tmp_path.iterdir()) == [path]
    pictures = frames(path)
    assert len(pictures) == 5
    values = by_period(dataset, "homicide_rate")
    classes = classes_of(values)
    palette = np.rint(255 * classes.colours[:, :3]).astype(int)
    for place_of, strategy in zip(middles(drawn[0]), strategies, strict=True):
        for number, picture in enumerate(pictures):
            found = picture[place_of[:, 1], place_of[:, 0]]
            shown = classes.assign(values.isel(period=number).sel(strategy=strategy).values)
            np.testing.assert_array_equal(found[shown >= 0], palette[shown[shown >= 0]])
    assert (shown >= 0).all()


def test_one_palette_and_the_last_period_stays(dataset: xr.Dataset, polygons: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = plots.animate(dataset, polygons, tmp_path / "moving.gif")
    with Image.open(path) as film:
        durations = []
        for number in range(film.n_frames):
            film.seek(number)
            durations.append(film.info["duration"])
        assert film.info["loop"] == 0
    assert durations == [200] * 4 + [2000]
    assert path.read_bytes()[10] & 0x80  # one palette for the file; below, none for a frame
    assert local_palettes(path.read_bytes()) == 0


def local_palettes(content: bytes) -> int:
    """How many frames of a GIF bring colours of their own."""
    position, found = 13 + 3 * 2 ** ((content[10] & 7) + 1), 0
    while content[position] != 0x3B:
        if content[position] == 0x2C:
            found += content[position + 9] >> 7
            position += 10 + (content[position + 9] >> 7) * 3 * 2 ** ((content[position + 9] & 7) + 1) + 1
        else:
            position += 2
        while content[position]:
            position += content[position] + 1
        position += 1
    return found


def test_what_does_not_change_is_drawn_once(
    dataset: xr.Dataset, polygons: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    for name in ("plate", "project"):
        made = getattr(animation, name)
        monkeypatch.setattr(animation, name, lambda *given, made=made: calls.append(1) or made(*given))
    plots.animate(dataset, polygons, tmp_path / "moving.gif")
    assert len(calls) == 2


def test_a_frame_names_its_period(dataset: xr.Dataset, polygons: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Frames of a run that never changes differ above the legend alone."""
    still = dataset.isel(time=[0, 0, 0]).assign_coords(time=dataset.time[:3])
    pictures = frames(plots.animate(still, polygons, tmp_path / "moving.gif"))
    rows, columns, _ = np.nonzero(pictures[0] != pictures[1])
    assert rows.size
    assert np.ptp(rows) < 25
    assert columns.min() > 0.6 * pictures[0].shape[1]


def test_a_run_of_one_period_and_one_place(tmp_path: Path) -> None:
    polygons = lattice(1, 1)
    dataset = run(polygons, ["baseline"]).isel(time=[0])
    assert len(frames(plots.animate(dataset, polygons, tmp_path / "still.gif"))) == 1


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg on the PATH")
def test_film(dataset: xr.Dataset, polygons: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Frames of a film are those of the GIF but for what its compression loses."""
    film = plots.animate(dataset, polygons, tmp_path / "moving.mp4", strategies=["kingpin"])
    still = frames(plots.animate(dataset, polygons, tmp_path / "moving.gif", strategies=["kingpin"]))
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", film, tmp_path / "%d.png"], check=True)
    assert len(list(tmp_path.glob("*.png"))) == 5
    for number, expected in enumerate(still, 1):
        (picture,) = frames(tmp_path / f"{number}.png")
        height, width, _ = expected.shape
        assert abs(picture[:height, :width].astype(int) - expected).mean() < 3


def test_film_without_ffmpeg(
    dataset: xr.Dataset, polygons: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"MP4 needs ffmpeg on the PATH; install it \(apt-get install ffmpeg"):
        plots.animate(dataset, polygons, tmp_path / "moving.mp4")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="a shell stands for ffmpeg")
def test_ffmpeg_that_fails(
    dataset: xr.Dataset, polygons: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it says is told, and no half of a film is left."""
    broken = tmp_path / "bin" / "ffmpeg"
    broken.parent.mkdir()
    broken.write_text('#!/bin/sh\necho "Unknown encoder" >&2\nfor last; do :; done\necho half > "$last"\nexit 1\n')
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(broken.parent), prepend=":")
    with pytest.raises(InputError, match=r"ffmpeg could not write it \(Unknown encoder\)"):
        plots.animate(dataset, polygons, tmp_path / "moving.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("moving.avi", {}, r"must end in \.gif or \.mp4"),
        ("moving", {}, r"must end in \.gif or \.mp4"),
        ("no/folder.gif", {}, "cannot write there"),
        ("moving.gif", {"variable": "homicide_rates"}, "the nearest is 'homicide_rate'"),
        ("moving.gif", {"strategies": ["king"]}, "unknown strategy 'king'; the nearest is 'kingpin'"),
        ("moving.gif", {"statistic": "men"}, "unknown statistic 'men'; the nearest is 'mean'"),
    ],
)
def test_mistakes(
    name: str, given: dict, message: str, dataset: xr.Dataset, polygons: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        plots.animate(dataset, polygons, tmp_path / name, **given)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(dataset: xr.Dataset, polygons: gpd.GeoDataFrame, tmp_path: Path) -> None:
    (tmp_path / "moving.gif").write_text("precious")
    with pytest.raises(InputError, match="already exists and is never overwritten"):
        plots.animate(dataset, polygons, tmp_path / "moving.gif")
    assert (tmp_path / "moving.gif").read_text() == "precious"


def test_full_disk(dataset: xr.Dataset, polygons: gpd.GeoDataFrame, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(InputError, match="no space left on the disk; nothing was kept"):
            plots.animate(dataset, polygons, tmp_path / "moving.gif")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())
