"""Scores of forecasts of counts: CRPS, log score, and where in a forecast lies what was counted.

CRPS and energy score are those of Gneiting and Raftery (2007, Journal of the American Statistical Association 102); the
probability integral transform (PIT) of counts is that of Czado, Gneiting and Held (2009, Biometrics 65).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scoringrules import crps_ensemble, es_ensemble

CENTRAL = (0.05, 0.95)
BINS = 10  # of the probability integral transform
LARGE = 500.0  # expected count from which a distribution is scored by draws
MOST = 4000  # largest count of the exact sum
PER_CHUNK = 64  # units that are summed up to the same count
TAIL = 10.0  # standard deviations beyond which a distribution is cut
DRAWS = 1000  # of a distribution that is scored by draws
LEAST = 1e-12  # probability below which a log score does not fall


@dataclass(frozen=True)
class Mixture:
    """A forecast: the average over draws of negative binomial distributions given their means.

    Attributes
    ----------
    means
        Expected counts [draw, unit].
    size
        Size of the negative binomial [unit] or [draw, unit].
    drawn
        Counts drawn jointly [draw, unit], which CRPS and PIT are taken from; None where the mixture is the forecast.
    """

    means: NDArray
    size: NDArray
    drawn: NDArray | None = None

    def sample(self, draws: int = DRAWS) -> NDArray:
        """Counts [draw, unit]: those drawn jointly, or else independent ones."""
        if self.drawn is not None:
            return self.drawn
        generator = np.random.default_rng(0)
        means = np.resize(self.means, (draws, self.means.shape[1]))
        size = np.broadcast_to(self.size, means.shape) if self.size.ndim == 1 else np.resize(self.size, means.shape)
        return generator.poisson(means * generator.gamma(size, 1 / size))

    def score(self, counted: NDArray) -> dict[str, NDArray]:
        """Scores of each unit: crps, log_score (higher is better), below and upto: P(Y < y) and P(Y <= y)."""
        if self.drawn is None and self.size.ndim == 1 and self.means.max() < LARGE:
            return _summed_up(self.means, self.size, counted)
        logs = np.log(np.maximum(np.exp(_log_mass(self.means, self.size, counted)).mean(axis=0), LEAST))
        return score_draws(self.sample(), counted) | dict(log_score=logs)


@dataclass(frozen=True)
class Sample:
    """A forecast that is nothing but some counts [draw, unit], each as likely; it has no log score."""

    counts: NDArray

    def sample(self, draws: int = DRAWS) -> NDArray:
        """The counts."""
        del draws
        return self.counts

    def score(self, counted: NDArray) -> dict[str, NDArray]:
        """As of a mixture, without a log score."""
        return score_draws(self.counts, counted, sampled=False) | dict(log_score=np.full(len(counted), np.nan))


def summed(means: NDArray, size: NDArray, drawn: NDArray, axis: int, weights: NDArray | None = None) -> Mixture:
    """The forecast of a sum of counts, taken as negative binomial given the means, with the variance of the sum.

    Parameters
    ----------
    means, drawn
        Expected counts and counts drawn [draw, period, place].
    size
        Size of the negative binomial [place].
    axis
        1 to sum over all periods; 2 over them and, with `weights` [place, unit], over places.
    weights
        1 where a place belongs to a unit.
    """
    mean, square, counts = means.sum(axis=1), (means**2 / size).sum(axis=1), drawn.sum(axis=1)
    if axis == 2 and weights is not None:
        mean, square, counts = mean @ weights, square @ weights, counts @ weights
    return Mixture(mean, mean**2 / np.maximum(square, LEAST), counts)


def _log_mass(means: NDArray, size: NDArray, counted: NDArray) -> NDArray:
    """Log probability of `counted` [unit] under negative binomials [draw, unit]."""
    odds = np.log(means + LEAST) - np.log(means + size)
    return (
        gammaln(counted + size) - gammaln(size) - gammaln(counted + 1) + counted * odds - size * np.log1p(means / size)
    )


def _summed_up(means: NDArray, size: NDArray, counted: NDArray) -> dict[str, NDArray]:
    """Exact scores of a mixture: CRPS is the sum over k of (F(k) - 1{counted <= k})^2."""
    high = np.quantile(means, 0.995, axis=0)
    reach = np.maximum(counted, high + TAIL * np.sqrt(high * (1 + high / size))) + 10
    reach = np.minimum(reach, np.maximum(MOST, counted + 1)).astype(int)
    found = {name: np.empty(len(counted)) for name in ("crps", "log_score", "below", "upto")}
    for chunk in np.array_split(np.argsort(reach), -(-len(counted) // PER_CHUNK)):
        parts = _chunk(means[:, chunk].astype(float), size[chunk], counted[chunk], int(reach[chunk].max()))
        for name, values in parts.items():
            found[name][chunk] = values
    return found


def _chunk(means: NDArray, size: NDArray, counted: NDArray, reach: int) -> dict[str, NDArray]:
    odds, mass = means / (means + size), np.exp(-size * np.log1p(means / size))
    below, at = np.zeros(len(counted)), np.zeros(len(counted))
    reached, crps = np.zeros(len(counted)), np.zeros(len(counted))
    for k in range(reach + 1):
        if k:
            mass *= odds * ((k - 1 + size) / k)
        here = mass.mean(axis=0)
        below += np.where(k < counted, here, 0)
        at = np.where(k == counted, here, at)
        reached += here
        crps += (reached - (counted <= k)) ** 2
    return dict(crps=crps, log_score=np.log(np.maximum(at, LEAST)), below=below, upto=below + at)


def score_draws(draws: NDArray, counted: NDArray, sampled: bool = True) -> dict[str, NDArray]:
    """CRPS, and the probabilities below and up to what was counted, of an ensemble.

    Parameters
    ----------
    draws
        Counts [draw, unit].
    counted
        What was counted [unit].
    sampled
        Whether the ensemble is a sample of the forecast: CRPS is then the unbiased estimate; else it is the forecast.
    """
    estimator = "pwm" if sampled else "nrg"
    crps = crps_ensemble(counted.astype(float), draws.T.astype(float), estimator=estimator, backend="numpy")
    below = (draws < counted).mean(axis=0)
    return dict(crps=np.asarray(crps), below=below, upto=below + (draws == counted).mean(axis=0))


def energy_score(forecast: Mixture | Sample, counted: NDArray) -> float:
    """Energy score of a joint forecast of several units, persons: CRPS in more than one dimension."""
    draws = forecast.sample(400).astype(float)
    estimator = "nrg" if isinstance(forecast, Sample) else "fair"
    return float(np.asarray(es_ensemble(counted.astype(float), draws, estimator=estimator, backend="numpy")))


def mass_within(below: NDArray, upto: NDArray, low: float, high: float) -> NDArray:
    """Share of the interval from `below` to `upto` that lies between two probabilities: [unit].

    What a randomised PIT has there on average.
    """
    below = np.minimum(below, 1 - 1e-9)
    width = np.maximum(upto - below, 1e-9)
    return np.clip(np.minimum(below + width, high) - np.maximum(below, low), 0, None) / width


def pit(below: NDArray, upto: NDArray) -> NDArray:
    """Mean share of the PIT in each of ten bins: [bin]; of a reliable forecast, a tenth in each."""
    edges = np.linspace(0, 1, BINS + 1)
    return np.array([mass_within(below, upto, *edges[at : at + 2]).mean() for at in range(BINS)])


def deviation(shares: NDArray) -> float:
    """Share of the PIT that lies in the wrong bins, 0 for a reliable forecast."""
    return float(np.abs(shares - shares.mean()).sum() / 2)
