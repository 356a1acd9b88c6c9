"""Other names of places and provinces, by which the page's search finds them."""

from collections.abc import Sequence

import pandas as pd

from contagion._util.resources import folder


def aliases(codes: Sequence[str], names: Sequence[str], provinces: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """Aliases of places and of provinces by their index, as text for JSON; none where code or name is another.

    Parameters
    ----------
    codes, names
        Of places.
    provinces
        Names of provinces.
    """
    table = pd.read_csv(folder("geodata") / "mexico" / "aliases.csv", comment="#", dtype=str, keep_default_na=False)
    indices = {
        "places": {key: number for number, key in enumerate(zip(codes, names, strict=True))},
        "provinces": {("", name): number for number, name in enumerate(provinces)},
    }
    found: dict[str, dict[str, list[str]]] = {kind: {} for kind in indices}
    for code, name, alias in table.itertuples(index=False, name=None):
        for kind, known in indices.items():
            if (code, name) in known:
                found[kind].setdefault(str(known[code, name]), []).append(alias)
    return found
