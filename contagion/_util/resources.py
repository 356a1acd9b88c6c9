"""Location of the data folders shipped with the package: `conf/` and `geodata/`."""

from pathlib import Path


def folder(name: str) -> Path:
    """Path of the data folder `name`: inside an installed package, or at the root of a source checkout."""
    package = Path(__file__).parents[1]
    inside = package / name
    return inside if inside.is_dir() else package.parent / name
