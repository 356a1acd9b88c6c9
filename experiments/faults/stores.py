"""Stores that are damaged: whether opening them says so."""

import random
from pathlib import Path

import contagion
from contagion.errors import InputError

DAMAGES = ("flipped", "cut", "emptied", "removed")


def damage(file: Path, kind: str, generator: random.Random) -> None:
    """Damage a file in one of four ways."""
    content = bytearray(file.read_bytes())
    if kind == "removed":
        file.unlink()
        return
    if kind == "flipped" and content:
        content[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
    elif kind == "cut":
        content = content[: generator.randrange(len(content))] if content else bytearray(b"x")
    else:
        content = bytearray() if content else bytearray(b"x")
    file.write_bytes(content)


def damages(folder: Path, tries: int, seed: int) -> dict[str, object]:
    """Damage one file of a store, of data, coordinates or metadata alike, and open it; every one has to be told."""
    generator = random.Random(seed)
    atlas = contagion.load_region("lattice", rows=3, columns=3)
    strategies = {"baseline": (), "kingpin": (contagion.load_intervention("kingpin", start=1),)}
    results = contagion.simulate(atlas, strategies, weeks=9, replicates=4, full=True)
    whole = contagion.simulation.save(results, folder)
    names = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    right, wrong = 0, []
    for number in range(tries):
        kind, name = DAMAGES[number % len(DAMAGES)], generator.choice(names)
        content = (whole / name).read_bytes()
        damage(whole / name, kind, generator)
        try:
            contagion.open_results(whole, verify=True).load()
            wrong.append(f"{name} {kind}")
        except InputError:
            right += 1
        (whole / name).write_bytes(content)
    contagion.open_results(whole, verify=True).load()
    return dict(study="damaged stores", tries=tries, right=right, wrong=wrong)
