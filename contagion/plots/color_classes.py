"""Classes of maps: rounded breaks, with a colour and a legend label for each class."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_rgba_array
from xarray import DataArray

from contagion._util.language import say
from contagion._util.text import MINUS
from contagion.analysis.by_place import SURE
from contagion.analysis.select import UNIT_OF_RATE

# Violence is concentrated: quintiles, with the top one split in three. In per cent of the values above
# the minimum, so that a map of mostly zeros still resolves the other values.
LEVEL_SHARES = (20, 40, 60, 80, 90, 97)
RATES = (5, 10, 26, 50, 100)  # homicides per 100,000 residents and year; a place is violent above 26
CHANGE_SHARES = (50, 80, 95)  # per cent of the absolute nonzero changes
EFFECT_SHARES = (50,)  # the same, for small and large changes
PROBABILITIES = (0.05, 0.2, 0.4, 0.6, 0.8, 0.95)
CERTAINTIES = (0.75, SURE)
# From uncertain to certain, for decrease, little change and increase: uncertain colours are faded, as in
# value-suppressing palettes (Correll, Moritz and Heer 2018). Purple and orange as for changes.
FADING = (("#d6c9f0", "#f0f0f0", "#fcd9ad"), ("#9a84d0", "#aeaeae", "#ec9f45"), ("#4a2c85", "#666666", "#9c4a05"))
# Rounding steps of a break relative to its leading power of ten; the first that keeps breaks distinct is used.
ROUNDING = ("0.5", "0.1", "0.01", "0.001")


@dataclass(frozen=True)
class Classes:
    """Classes from low to high; a class starts at each break, the first and last are open-ended."""

    breaks: np.ndarray  # (classes - 1,), in the unit of the values
    colours: np.ndarray  # (classes, 4), RGBA
    labels: list[str]
    diverging: bool = False  # breaks are mirrored at zero: negative classes end at a break instead of starting there

    def assign(self, values: np.ndarray) -> np.ndarray:
        """Class of each value, 0 for the lowest; -1 if it is not finite."""
        if self.diverging:
            middle = len(self.breaks) // 2
            steps = np.searchsorted(self.breaks[middle:], np.abs(values), side="right")
            found = np.where(values < 0, middle - steps, middle + steps)
        else:
            found = np.searchsorted(self.breaks, values, side="right")
        return np.where(np.isfinite(values), found, -1)


@dataclass(frozen=True)
class Pairs:
    """Bivariate classes: every combination of a class of effect and a class of certainty."""

    effect: Classes
    certainty: Classes
    colours: np.ndarray  # (certainty * effect, 4), effect varies fastest

    def assign(self, effects: np.ndarray, certainties: np.ndarray) -> np.ndarray:
        """Class of each pair of values; -1 if either is not finite."""
        column, row = self.effect.assign(effects), self.certainty.assign(certainties)
        return np.where((column < 0) | (row < 0), -1, row * len(self.effect.labels) + column)


def classes_of(values: DataArray) -> Classes:
    """Classes of homicide rates at known thresholds, those of any other variable at quantiles of its values."""
    known = np.isfinite(values.values).any()
    return rate_classes() if values.units == UNIT_OF_RATE and known else level_classes(values.values)


def rate_classes() -> Classes:
    """Classes of homicides per 100,000 residents and year, at RATES; high rates are dark."""
    return _ascending(np.array(RATES, float))


def level_classes(values: np.ndarray) -> Classes:
    """Classes of the finite `values` (any shape) at fixed quantiles; high values are dark."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return Classes(np.empty(0), np.empty((0, 4)), [])
    breaks = _breaks(known[known > known.min()], LEVEL_SHARES, known.min())
    return _ascending(breaks) if breaks.size else Classes(breaks, _sequential(1), [_number(known[0])])


def change_classes(values: np.ndarray, shares: tuple[int, ...] = CHANGE_SHARES) -> Classes:
    """Classes of the finite differences `values` (any shape), symmetric about zero, at `shares` of absolute values.

    The middle class is little or no change. Increases are orange and decreases purple, which is colour-blind safe and
    does not suggest which is good.
    """
    known = values[np.isfinite(values)]
    above = _breaks(np.abs(known[known != 0]), shares, 0)
    words = [_number(value) for value in above]
    between = list(pairwise(words))
    up = [say("text.range", low=f"+{low}", high=f"+{high}") for low, high in between]
    up += [say("plot.or_more", low=f"+{word}") for word in words[-1:]]
    down = [say("text.range", low=f"{MINUS}{high}", high=f"{MINUS}{low}") for low, high in between]
    down += [say("plot.or_less", low=f"{MINUS}{word}") for word in words[-1:]]
    middle = say("text.range", low=f"{MINUS}{words[0]}", high=f"+{words[0]}") if words else say("plot.no_change")
    shades = np.linspace(0.04, 0.96, 2 * len(words) + 1) if words else [0.5]
    labels = [*down[::-1], middle, *up]
    return Classes(np.concatenate([-above[::-1], above]), colormaps["PuOr_r"](shades), labels, diverging=True)


def probability_classes() -> Classes:
    """Classes of probabilities of an increase, at PROBABILITIES, in the colours of changes."""
    labels = _labels(PROBABILITIES)
    shades = np.linspace(0.04, 0.96, len(labels))
    return Classes(np.array(PROBABILITIES), colormaps["PuOr_r"](shades), labels)


def certainty_classes(changes: np.ndarray) -> Pairs:
    """Bivariate classes of the finite differences `changes` (any shape) and the probability of their sign."""
    effect = change_classes(changes, EFFECT_SHARES)
    labels = _labels(CERTAINTIES)
    several = to_rgba_array([shade for row in FADING for shade in (row if len(effect.labels) > 1 else row[1:2])])
    certainty = Classes(np.array(CERTAINTIES), several[:: len(effect.labels)], labels)
    return Pairs(effect, certainty, several)


def _ascending(breaks: np.ndarray) -> Classes:
    return Classes(breaks, _sequential(len(breaks) + 1), _labels(breaks))


def _sequential(count: int) -> np.ndarray:
    """Colours from pale to dark, of one order also for the colour-blind; none as pale as paper."""
    return colormaps["YlGnBu"](np.linspace(0.04, 1, count))


def _labels(breaks: Iterable[float]) -> list[str]:
    words = [_number(value) for value in breaks]
    inner = (say("text.range", low=low, high=high) for low, high in pairwise(words))
    return [say("plot.less_than", high=words[0]), *inner, say("plot.or_more", low=words[-1])]


def _breaks(values: np.ndarray, shares: tuple[int, ...], least: float) -> np.ndarray:
    """Breaks above `least` at the percentiles `shares` of `values`, rounded down so that no class is empty."""
    if values.size == 0:
        return np.empty(0)
    exact = np.unique(np.percentile(values, shares, method="higher"))  # values that occur
    breaks = np.empty(0)
    for step in ROUNDING:
        breaks = np.unique([_rounded_down(repr(float(value)), Decimal(step)) for value in exact])
        breaks = breaks[breaks > least]
        if len(breaks) == len(exact):
            break
    return breaks


def _rounded_down(value: str, step: Decimal) -> float:
    """Round down in decimal arithmetic: binary 0.1 + 0.2 differs from 0.3 and would fall into the class below."""
    exact = Decimal(value)
    unit = step.scaleb(exact.adjusted())
    return float(exact // unit * unit)


def _number(value: float) -> str:
    return f"{float(f'{value:.4g}'):,.10g}".replace("-", MINUS)
