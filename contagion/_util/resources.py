"""Where the files that travel with the package lie: `conf/` and `geodata/`."""

from pathlib import Path


def folder(name: str) -> Path:
    """The folder `name`: inside an installed package, at the top of a checkout otherwise."""
    package = Path(__file__).parents[1]
    inside = package / name
    return inside if inside.is_dir() else package.parent / name
