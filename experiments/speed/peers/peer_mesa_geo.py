"""Mesa-Geo: a polygon agent for each place, which draws from its own and its neighbours' last counts."""

from importlib.metadata import version

import mesa  # pyright: ignore[reportMissingImports]
import mesa_geo  # pyright: ignore[reportMissingImports]
import numpy as np
import shapely
from worker import Work

STEPS, CRS = 10, "EPSG:4326"


class Place(mesa_geo.GeoAgent):
    """A municipality."""

    endemic = last = drawn = 0.0
    around: tuple = ()

    def draw(self) -> None:
        """All draw before anyone updates."""
        near = sum(other.last for other in self.around) / max(len(self.around), 1)
        self.drawn = self.model.rng.poisson(self.endemic + self.model.phi * self.last + self.model.xi * near)

    def update(self) -> None:
        """The count drawn becomes the last one."""
        self.last = self.drawn


class Country(mesa.Model):
    """All places, neighbours looked up once."""

    def __init__(self, data) -> None:
        super().__init__(seed=0)
        self.phi, self.xi = float(data["phi"]), float(data["xi"])
        self.space = mesa_geo.GeoSpace(crs=CRS)
        places = [Place(self, polygon, CRS) for polygon in shapely.from_wkb(data["polygons"])]
        self.space.add_agents(places)
        for place, endemic, start in zip(places, data["endemic"], data["homicides"], strict=True):
            place.endemic, place.last = float(endemic), float(start)
            place.around = tuple(self.space.get_neighbors(place))

    def step(self) -> None:
        """One week."""
        self.agents.do("draw")
        self.agents.do("update")


def prepare(data) -> Work:
    """The country is built once and goes on where it stopped."""
    country = Country(data)

    def run() -> None:
        for _ in range(STEPS):
            country.step()

    description = (
        f"a polygon agent per place draws a Poisson count from its own and its neighbours' last, {STEPS} steps"
    )
    return Work(
        lambda: run, STEPS * len(data["polygons"]), "place-step", description,
        f"mesa {version('mesa')}, mesa-geo {version('mesa-geo')}, numpy {np.__version__}",
    )  # fmt: skip
