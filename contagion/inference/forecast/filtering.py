"""Filter of log levels by place and area, from counts: a hierarchical state-space model.

Counts of place i in area g and period t are negative binomial with mean exp(o_it + eta_it) and size k_i, where o_it is
the log of the count expected at the national rate and

    eta_it = S_gt + c_i + u_it + w_it.

The lasting level c_i is normal about a line in log residents, u and w are slow and fast autoregressions, and S is an
autoregression of the area. Each period is a Laplace approximation: the joint mode of all S and eta is found by Newton
steps, which solve for the places of an area in closed form given its S.
"""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.special import gammaln
from jaxtyping import Array, Bool, Float, Int

NEWTON = 6  # joint steps; the last alone carries gradients, which at the mode are those of the mode itself
STEP = 1.5  # largest step of a log level
LOG_SIZE = (-1.5, 5.0)  # bounds of the log size of the negative binomial
LOG_NOISE = 2.0  # largest distance of the log innovation variance of a place from that of a typical one
TYPICAL = 9.5  # log residents of a typical place
C, U, W = 0, 1, 2  # rows of the levels of a place


class Numbers(eqx.Module):
    """The thirteen global numbers, each on the scale on which it is estimated."""

    intercept: Float[Array, ""]  # mean lasting level of a typical place
    slope: Float[Array, ""]  # of lasting levels in log residents
    log_spread: Float[Array, ""]  # log variance of lasting levels
    slow_memory: Float[Array, ""]  # logit of the autoregression of u
    slow_noise: Float[Array, ""]  # log innovation variance of u in a typical place
    slow_noise_slope: Float[Array, ""]  # of the same in the log mean count
    fast_memory: Float[Array, ""]  # logit of the autoregression of w
    fast_noise: Float[Array, ""]  # log innovation variance of w
    area_memory: Float[Array, ""]  # logit of the autoregression of S
    area_noise: Float[Array, ""]  # log innovation variance of S
    log_size: Float[Array, ""]  # log size of the negative binomial where a count a period is expected
    size_slope: Float[Array, ""]  # of the log size in the log mean count
    size_bend: Float[Array, ""]  # of the log size in its square


class Panel(NamedTuple):
    """What the filter reads: counts with what is known of each place."""

    counts: Float[Array, "time place"]  # 0 where unknown
    known: Bool[Array, "time place"]
    offset: Float[Array, "time place"]  # log of the count expected at the national rate
    area: Int[Array, " place"]
    residents: Float[Array, " place"]  # log residents minus that of a typical place
    activity: Float[Array, " place"]  # log mean count a period


class Dynamics(NamedTuple):
    """The numbers by place, on their natural scale."""

    memory: Float[Array, "3"]  # autoregression of c, u, w
    noise: Float[Array, "3 place"]  # innovation variances
    mean: Float[Array, " place"]  # of lasting levels
    spread: Float[Array, ""]
    area_memory: Float[Array, ""]
    area_noise: Float[Array, ""]
    size: Float[Array, " place"]


class Levels(NamedTuple):
    """Mean and covariance of the levels of places and areas after a period."""

    mean: Float[Array, "*time 3 place"]
    covariance: Float[Array, "*time 3 3 place"]
    area_mean: Float[Array, "*time area"]
    area_variance: Float[Array, "*time area"]


def dynamics(numbers: Numbers, panel: Panel, tempering: float = 1.0) -> Dynamics:
    """The numbers by place; innovations and forgetting of slow levels are multiplied by `tempering`."""

    def memory(logit: Array) -> Array:
        return 1 - tempering * jax.nn.sigmoid(-logit)

    tilt = jnp.clip(numbers.slow_noise_slope * panel.activity, -LOG_NOISE, LOG_NOISE)
    slow = tempering * jnp.exp(numbers.slow_noise + tilt)
    fast = tempering * jnp.exp(numbers.fast_noise)
    log_size = numbers.log_size + numbers.size_slope * panel.activity + numbers.size_bend * panel.activity**2
    return Dynamics(
        memory=jnp.stack([jnp.ones_like(fast), memory(numbers.slow_memory), jax.nn.sigmoid(numbers.fast_memory)]),
        noise=jnp.stack([jnp.zeros_like(slow), slow, jnp.broadcast_to(fast, slow.shape)]),
        mean=numbers.intercept + numbers.slope * panel.residents,
        spread=jnp.exp(numbers.log_spread),
        area_memory=memory(numbers.area_memory),
        area_noise=tempering * jnp.exp(numbers.area_noise),
        size=jnp.exp(jnp.clip(log_size, *LOG_SIZE)),
    )


def at_the_start(moves: Dynamics, areas: int) -> Levels:
    """Levels before the first period: lasting ones about their line, the others in their steady state."""
    places = moves.mean.shape[0]
    steady = moves.noise[1:] / (1 - moves.memory[1:, None] ** 2)
    variances = jnp.concatenate([jnp.broadcast_to(moves.spread, (1, places)), steady])
    mean = jnp.stack([moves.mean, jnp.zeros(places), jnp.zeros(places)])
    area_variance = moves.area_noise / (1 - moves.area_memory**2)
    return Levels(
        mean=mean,
        covariance=variances * jnp.eye(3)[:, :, None],
        area_mean=jnp.zeros(areas),
        area_variance=jnp.broadcast_to(area_variance, (areas,)),
    )


def predicted(levels: Levels, moves: Dynamics) -> Levels:
    """Levels one period ahead."""
    decay = moves.memory
    return Levels(
        mean=decay[:, None] * levels.mean,
        covariance=jnp.outer(decay, decay)[:, :, None] * levels.covariance
        + moves.noise[:, None] * jnp.eye(3)[:, :, None],
        area_mean=moves.area_memory * levels.area_mean,
        area_variance=moves.area_memory**2 * levels.area_variance + moves.area_noise,
    )


def log_ways(count: Float[Array, "*rows"], size: Float[Array, "*rows"]) -> Float[Array, "*rows"]:
    """The part of the log probability of negative binomial counts that does not depend on their mean."""
    return gammaln(count + size) - gammaln(size) - gammaln(count + 1)


def log_probability(
    count: Float[Array, "*rows"],
    log_mean: Float[Array, "*rows"],
    size: Float[Array, "*#rows"],
    ways: Float[Array, "*rows"],
) -> Float[Array, "*rows"]:
    """Log probability of negative binomial counts."""
    return ways - size * jnp.log1p(jnp.exp(log_mean) / size) - count * jnp.log1p(size * jnp.exp(-log_mean))


class Mode(NamedTuple):
    """Joint mode of the levels of areas and of places."""

    shock: Float[Array, " area"]
    own: Float[Array, " place"]  # c + u + w


def step(
    levels: Levels, seen: tuple[Array, ...], moves: Dynamics, area: Int[Array, " place"]
) -> tuple[Levels, Float[Array, ""]]:
    """Levels after a period, and the log likelihood of its counts given those before."""
    counts, known, offset, ways = seen
    before = predicted(levels, moves)
    prior, variance = before.mean.sum(0), before.covariance.sum((0, 1))
    given = before.area_mean, before.area_variance, prior, variance, moves.size, offset, counts, known
    # Only the last step carries gradients: at the mode they are those of the mode itself.
    held = jax.lax.stop_gradient(given)
    mode = jax.lax.fori_loop(0, NEWTON - 1, lambda _, mode: newton(mode, held, area), Mode(held[0], held[2]))
    shock, own = newton(jax.lax.stop_gradient(mode), given, area)
    log_mean = offset + shock[area] + own
    bend = curvature(log_mean, counts, moves.size, known)
    damping, moved = 1 + bend * variance, own - prior
    loading = before.covariance.sum(1)
    information = jax.ops.segment_sum(bend / damping, area, shock.shape[0])
    after = Levels(
        mean=before.mean + loading * moved / variance,
        covariance=before.covariance - loading[:, None] * loading * bend / damping,
        area_mean=shock,
        area_variance=1 / (1 / before.area_variance + information),
    )
    fit = jnp.where(known, log_probability(counts, log_mean, moves.size, ways), 0)
    places = fit - moved**2 / (2 * variance) - jnp.log(damping) / 2
    shocks = (shock - before.area_mean) ** 2 / before.area_variance + jnp.log1p(before.area_variance * information)
    return after, places.sum() - shocks.sum() / 2


def curvature(log_mean: Array, counts: Array, size: Array, known: Array) -> Float[Array, " place"]:
    """Minus the second derivative of the log probability of counts in their log mean."""
    mean = jnp.exp(log_mean)
    return jnp.where(known, mean * size * (counts + size) / (mean + size) ** 2, 0)


def newton(mode: Mode, given: tuple[Array, ...], area: Int[Array, " place"]) -> Mode:
    """A Newton step on all levels together; places are eliminated given their area."""
    area_prior, area_variance, prior, variance, size, offset, counts, known = given
    shock, own = mode
    log_mean = offset + shock[area] + own
    mean = jnp.exp(log_mean)
    slope = jnp.where(known, (counts - mean) * size / (size + mean), 0)
    bend = curvature(log_mean, counts, size, known)
    damping = 1 + bend * variance
    left = slope - (own - prior) / variance
    pull = jax.ops.segment_sum(slope - bend * variance * left / damping, area, shock.shape[0])
    pull -= (shock - area_prior) / area_variance
    change = pull / (jax.ops.segment_sum(bend / damping, area, shock.shape[0]) + 1 / area_variance)
    change = jnp.clip(change, -STEP, STEP)
    move = variance * (left - bend * change[area]) / damping
    return Mode(shock + change, own + jnp.clip(move, -STEP, STEP))


def run(
    moves: Dynamics, panel: Panel, areas: int, keep: bool = False
) -> tuple[Levels, Levels | None, Float[Array, " time"]]:
    """Levels after the last period, after each one if `keep`, and the log likelihood of each period.

    Parameters
    ----------
    moves
        The numbers by place.
    panel
        Counts by period.
    areas
        Number of areas.
    keep
        Whether the levels after every period are returned.
    """

    @jax.checkpoint
    def advance(levels: Levels, seen: tuple[Array, ...]):
        after, likelihood = step(levels, seen, moves, panel.area)
        return after, (after if keep else None, likelihood)

    start = at_the_start(moves, areas)
    ways = log_ways(panel.counts, jnp.broadcast_to(moves.size, panel.counts.shape))
    last, (every, likelihood) = jax.lax.scan(advance, start, (panel.counts, panel.known, panel.offset, ways))
    return last, every, likelihood
