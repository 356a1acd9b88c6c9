"""A made-up run with drawn parameters: homicides of each strategy and replicate are given, the rest is simple."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure


def run(homicides: dict[str, object], drawn: dict[str, object] | None = None, **other: object) -> xr.Dataset:
    """One month of four weeks under some strategies.

    **Arguments:** `homicides` by strategy [replicate]; `drawn` parameters [replicate]; `other` variables of the whole
    region, which spread to [strategy, replicate]; without, there is no spending and nobody is displaced.
    """
    values = np.stack([np.asarray(each, float) for each in homicides.values()])
    known = dict(spending=0.0, trust_total=0.5, displaced_total=0.0) | other
    variables = {
        "homicides_total": values,
        **{name: np.broadcast_to(each, values.shape) for name, each in known.items()},
    }
    dims = ("strategy", "replicate", "time")
    dataset = xr.Dataset(
        {name: (dims, each[..., None]) for name, each in variables.items()},
        coords=dict(strategy=list(homicides), weeks=("time", [4]), replicate=np.arange(values.shape[1])),
        attrs=dict(region="Nowhere", schematic=1, note="A note.", source="A source."),
    )
    if drawn is not None:
        dataset["drawn"] = (
            ("parameter", "replicate"),
            np.stack([np.asarray(each, np.float32) for each in drawn.values()]),
        )
        dataset = dataset.assign_coords(parameter=list(drawn))
    return dataset


def assert_legible(figure: Figure) -> None:
    """Texts of the sheet, and labels of its axes, lie on it and do not overlap."""
    figure.draw_without_rendering()
    labels = [axis.label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    texts = [text for text in (*figure.texts, *labels) if text.get_text()]
    boxes = [text.get_window_extent() for text in texts]
    width, height = figure.get_size_inches() * figure.dpi
    for number, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height
        for other in boxes[:number]:
            overlaps = (
                min(box.x1, other.x1) - max(box.x0, other.x0) > 1 and min(box.y1, other.y1) - max(box.y0, other.y0) > 1
            )
            assert not overlaps, (texts[number].get_text(), box, other)


def words(figure: Figure) -> str:
    """Everything that is written on a figure."""
    figure.draw_without_rendering()
    inside = [label.get_text() for axes in figure.axes for label in (*axes.get_yticklabels(), *axes.get_xticklabels())]
    return "\n".join([*(text.get_text() for text in figure.texts), *inside])
