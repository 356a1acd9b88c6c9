"""Input that hypothesis makes up: a sentence, or numbers that are finite; no traceback, no hang, no request."""

import contextlib
import io
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import contagion
from contagion.errors import InputError
from contagion.study import cli, run
from contagion.study.terminal.log import Told

LONGEST = 30  # seconds of one try
WORDS = st.sampled_from(
    ["1", "-1", "0", "1e300", "nan", "inf", "null", "true", "on", "[]", "{}", "[1,2]", "{a:1}", "a", "''", "'a b'",
     "kingpin", "[kingpin]", "lattice", "${x}", "${oc.env:HOME}", "../x", "/dev/null", "~", "é", "1_0", "0x1", "=", ",",
     "1,2", "range(1,3)", "!!python/object:os.system", "2020-13-01", "2020-01-01", "9" * 400, "[" * 50]
)  # fmt: skip
GROUPS = ["region", "params", "priors", "strategies", "intervention", "driver", "experiment", "engine", "task"]
KEYS = [
    *GROUPS, "weeks", "start", "record", "output", "budget", "anchor", "figures", "export", "mechanism_weight",
    "ensemble.replicates", "ensemble.batch", "ensemble.tolerance", "ensemble.seed", "ensemble.priors",
    "ensemble.chunk_size", "engine.workers", "engine.lease", "runtime.device", "runtime.precision", "region.rows",
    "region.columns", "region.kind", "region.members", "region.groups", "region.cell_km", "region.population",
    "region.homicide_rate", "region.weights", "region.seed", "region.path", "params.retaliation", "params.spillover",
    "params.recruitment", "params.posterior", "strategies.kingpin.kingpin.every", "strategies.a.b", "hydra.run.dir",
    "hydra.job.chdir", "forecast.origins", "nothing", "region.nothing", "",
]  # fmt: skip
SIGNS = st.sampled_from(["", "", "", "+", "++", "~"])
TABLE = "code,count\n001,3\n002,0\n003,5\n004,2\n005,1\n006,7\n007,3\n008,2\n009,4\n"
POSTERIOR = "# made up\nretaliation,spillover\n0.2,0.1\n0.3,0.15\n0.25,0.05\n"
CELLS = st.sampled_from(
    ["", "NA", "-1", "1e400", "nan", "inf", "=1+1", "1,5", "1.000,5", "0001", "1.0", '"', "\x00", "﻿", "é", " 3 ", "x"]
)


class Stopped(BaseException):
    """A run that would begin."""


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """At most so many seconds, and no connection to anywhere."""

    def late(*_: object) -> None:
        raise TimeoutError(f"longer than {LONGEST} s")

    def asked(*_: object) -> None:
        raise ConnectionError("a request was made")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST)
    try:
        with mock.patch.object(socket.socket, "connect", asked):
            yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def commanded(arguments: list[str]) -> None:
    """The command up to where it would simulate. Raises what it does not put in a sentence."""

    def stop(*_: object, **__: object) -> None:
        raise Stopped

    said = io.StringIO()
    with (
        tempfile.TemporaryDirectory() as there,
        contextlib.chdir(there),
        mock.patch.object(sys, "argv", ["contagion", *arguments]),
        mock.patch.object(cli, "console", Told(file=said)),
        mock.patch.object(run, "simulated", stop),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        contextlib.suppress(Stopped),
    ):
        try:
            cli.main()
        except SystemExit as ended:
            if ended.code not in (0, 2):
                raise RuntimeError(f"ended with {ended.code}") from ended
    if "Traceback" in said.getvalue():
        raise RuntimeError(said.getvalue()[-500:])


def read(folder: Path, **options: Any) -> None:
    """A region from files; what comes out is finite."""
    with contextlib.suppress(InputError):
        atlas = contagion.load_region("file", id="code", name="name", population="population", **options)
        for name, values in vars(atlas.region).items():
            if isinstance(values, np.ndarray) and not np.isfinite(values).all():
                raise ArithmeticError(f"{name} is not finite")


def mutated(text: str) -> st.SearchStrategy[bytes]:
    """A text with some of its cells, characters or bytes replaced."""
    raw = text.encode()
    edits = st.lists(st.tuples(st.integers(0, len(raw)), st.integers(0, 6), CELLS), max_size=6)

    def edited(changes: list[tuple[int, int, str]]) -> bytes:
        out = raw
        for at, length, cell in changes:
            out = out[:at] + cell.encode() + out[at + length :]
        return out

    return st.one_of(
        edits.map(edited), st.binary(max_size=200), st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))
    )


def polygons(base: dict[str, Any]) -> st.SearchStrategy[str]:
    """GeoJSON with coordinates, properties or structure replaced."""
    numbers = st.one_of(st.floats(), st.integers(-400, 400), st.none(), st.text(max_size=3))
    kinds = st.sampled_from(["Polygon", "MultiPolygon", "Point", "GeometryCollection", "LineString", "x", None])
    links = st.sampled_from([{"type": "link", "properties": {"href": "http://localhost:9/x"}}, "EPSG:9", 3, None])

    @st.composite
    def made(draw: Any) -> str:
        layer = json.loads(json.dumps(base))
        for feature in layer["features"]:
            if draw(st.integers(0, 5)):
                continue
            which = draw(st.integers(0, 4))
            if which == 0:
                feature["geometry"]["coordinates"] = draw(
                    st.lists(st.lists(st.lists(numbers, max_size=3), max_size=6), max_size=2)
                )
            elif which == 1:
                feature["geometry"]["type"] = draw(kinds)
            elif which == 2:
                feature["geometry"] = draw(st.none() | st.just({}) | st.just([]))
            elif which == 3:
                feature["properties"][draw(st.sampled_from(["code", "name", "population"]))] = draw(numbers)
            else:
                feature.pop(draw(st.sampled_from(["properties", "geometry", "type"])))
        if not draw(st.integers(0, 8)):
            layer["crs"] = draw(links)
        return json.dumps(layer)

    return made()


def fuzz(folder: Path, tries: int, number: int) -> list[dict[str, object]]:
    """Configurations, tables, posteriors and polygon files; `number` is the seed of hypothesis."""
    lattice = contagion.load_region("lattice", rows=3, columns=3)
    layer = lattice.polygons.rename_axis("code").reset_index()[["code", "name", "state", "population", "geometry"]]
    layer["code"] = [f"{1 + index:03d}" for index in range(len(layer))]
    layer.to_parquet(folder / "places.parquet")
    base = json.loads(layer.to_crs("EPSG:4326").to_json())
    overrides = st.lists(st.builds("{}{}={}".format, SIGNS, st.sampled_from(KEYS), WORDS), min_size=1, max_size=4)
    small = ["region=lattice", "region.rows=2", "region.columns=2", "ensemble.replicates=1", "weeks=1"]

    def table(content: bytes) -> None:
        (folder / "table.csv").write_bytes(content)
        read(folder, path=str(folder / "places.parquet"), counts=str(folder / "table.csv"))

    def posterior(content: bytes) -> None:
        (folder / "posterior.csv").write_bytes(content)
        with contextlib.suppress(InputError):
            contagion.parameters.read_posterior(str(folder / "posterior.csv"), contagion.load_params())

    def outlines(text: str) -> None:
        (folder / "places.geojson").write_text(text, encoding="utf-8")
        read(folder, path=str(folder / "places.geojson"))

    return [
        _tried("configurations", tries // 5, number, overrides, lambda given: commanded([*small, *given])),
        _tried("tables", tries * 2 // 5, number, mutated(TABLE), table),
        _tried("posteriors", tries * 3 // 10, number, mutated(POSTERIOR), posterior),
        _tried("polygon files", tries // 10, number, polygons(base), outlines),
    ]


def _tried(
    study: str, tries: int, number: int, inputs: st.SearchStrategy[Any], attempt: Callable[[Any], None]
) -> dict[str, object]:
    """Every input tried; those that end in anything but a sentence or a result are kept."""
    done, wrong = [0], []

    @seed(number)
    @settings(
        max_examples=max(tries, 1), phases=[Phase.generate], database=None, deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
    @given(inputs)
    def one(given: Any) -> None:
        done[0] += 1
        try:
            with limited():
                attempt(given)
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {str(error)[:200]} for {str(given)[:300]}")

    environment = {name: value for name, value in os.environ.items() if name != "HYDRA_FULL_ERROR"}
    with mock.patch.dict(os.environ, environment, clear=True):
        one()
    return dict(study=f"fuzzed {study}", tries=done[0], right=done[0] - len(wrong), wrong=wrong)
