"""Animated maps, as GIF or MP4."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image
from xarray import Dataset

from contagion._util.atomic import committed
from contagion._util.language import label, worded
from contagion._util.text import sentence
from contagion.analysis.select import RATE, by_period, chosen
from contagion.errors import InputError
from contagion.plots.color_classes import classes_of
from contagion.plots.legends import Listed
from contagion.plots.map_figures import variable_name
from contagion.plots.panels import Outlines, Panel, colour, plate, project
from contagion.plots.style import INK

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

FRAME, LAST = 200, 2000  # duration of a frame, and of the last one before a GIF loops, milliseconds
SHADES = 16  # shades of each class colour towards ink, for anti-aliased lines and text


def animate(
    dataset: Dataset,
    polygons: "GeoDataFrame",
    path: Path | str,
    variable: str = RATE,
    strategies: Sequence[str] | None = None,
    statistic: str = "mean",
) -> Path:
    """Write an animation of maps of a variable, one frame per period and one map per strategy.

    All periods and strategies share one legend. Five periods are shown per second.

    Parameters
    ----------
    dataset
        Results of a run.
    polygons
        One row per place, indexed by code, with columns state and geometry.
    path
        File to create, ending in ``.gif``, or in ``.mp4`` if ffmpeg is on the PATH.
    variable
        ``homicide_rate`` (per 100,000 residents and year) or a stored variable of places.
    strategies
        Strategies to show; all by default.
    statistic
        Statistic over replicates.

    Returns
    -------
    Path
        The path written.

    Raises
    ------
    InputError
        If the file exists, its extension is unknown, ffmpeg is missing, or as for `panel`.
    """
    path = Path(path)
    kind = _checked(path)
    values = by_period(dataset, variable, statistic)
    names = chosen("strategy", strategies, values.strategy.values)
    outlines = project(polygons, values.place)
    classes = classes_of(values)
    assigned = classes.assign(values.sel(strategy=names).values)
    moments = values.period.values.tolist()
    legend = Listed(classes, worded("unit", values.units), bool((assigned < 0).any()))
    panels = [Panel(label(name), found) for name, found in zip(names, assigned[0], strict=True)]
    longest = max(moments, key=len)
    title = sentence(variable_name(values))
    figure = plate(outlines, panels, classes.colours, legend, title, values.attrs, longest)
    frames = _frames(figure, outlines, assigned, moments, classes.colours)
    with committed(path) as partial:
        if kind == ".gif":
            _gif(frames, classes.colours, partial)
        else:
            _film(frames, partial)
    return path


def _checked(path: Path) -> str:
    """Format of an animation from its extension, if it can be written."""
    kind = path.suffix.lower()
    if kind not in (".gif", ".mp4"):
        raise InputError(f"{path}: must end in .gif or .mp4")
    if kind == ".mp4" and shutil.which("ffmpeg") is None:
        raise InputError(
            f"{path}: MP4 needs ffmpeg on the PATH; install it (apt-get install ffmpeg, brew install ffmpeg, "
            "conda install ffmpeg), or give a path that ends in .gif"
        )
    return kind


def _frames(
    figure: Figure, outlines: Outlines, assigned: NDArray[np.integer], moments: list[str], colours: NDArray
) -> Iterator[NDArray[np.uint8]]:
    """Yield frames (height, width, colour) for the classes (period, map, place); static artists are drawn once.

    Each frame is overwritten by the next one.
    """
    canvas = FigureCanvasAgg(figure)
    moment = figure.texts[-1]  # written last by `plate`
    moving = [*(collection for axes in figure.axes for collection in axes.collections), moment]
    for artist in moving:
        artist.set_animated(True)
    canvas.draw()
    still = canvas.copy_from_bbox(figure.bbox)
    for words, maps in zip(moments, assigned, strict=True):
        canvas.restore_region(still)
        moment.set_text(words)
        for axes, found in zip(figure.axes, maps, strict=True):
            colour(axes, outlines, found, colours)
        for artist in moving:
            figure.draw_artist(artist)
        yield np.asarray(canvas.buffer_rgba())[..., :3]


def _gif(frames: Iterator[NDArray[np.uint8]], colours: NDArray, path: Path) -> None:
    """Write a GIF with one palette for all frames, so that class colours are constant."""
    palette, shades = Image.new("P", (1, 1)), _palette(colours)
    palette.putpalette(shades)
    pictures = (Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    first, *others = pictures
    durations = [*([FRAME] * len(others)), LAST]
    first.save(path, append_images=others, save_all=True, palette=shades, duration=durations, loop=0, optimize=False)


def _palette(colours: NDArray) -> bytes:
    """Palette of at most 256 colours: those of the classes and white, each in shades towards ink."""
    plain = np.vstack([colours[:, :3], to_rgb("white")])
    shares = np.linspace(0, 1, SHADES)[:, None, None]
    shades = (1 - shares) * plain + shares * np.array(to_rgb(INK))
    return np.unique(np.rint(255 * shades.reshape(-1, 3)).astype(np.uint8), axis=0).tobytes()


def _film(frames: Iterator[NDArray[np.uint8]], path: Path) -> None:
    """Write an MP4 through ffmpeg, as H.264 in yuv420p, which all players support; this needs even side lengths."""
    first = next(frames)
    height, width, _ = first.shape
    given = f"-f rawvideo -pix_fmt rgb24 -video_size {width}x{height} -framerate {1000 / FRAME} -i -".split()
    wanted = ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    command = ["ffmpeg", "-loglevel", "error", *given, *wanted, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as film:
        assert film.stdin is not None
        try:
            for frame in chain([first], frames):
                film.stdin.write(frame.tobytes())
        except BrokenPipeError:
            pass
        message = film.communicate()[1].decode(errors="replace").strip()
    if film.returncode:
        raise InputError(f"{path.name}: ffmpeg could not write it ({message})")
