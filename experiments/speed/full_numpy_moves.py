"""Processes 4 and 11 of the model in NumPy: groups split, move and open elsewhere."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from contagion.kernel.processes.fragmentation import EDGE, SMALLEST_KM
from contagion.kernel.processes.relocation import EVERY

if TYPE_CHECKING:
    from experiments.speed.full_numpy import Lanes

TINY = float(np.finfo(np.float32).tiny)


def first_event(hazard: NDArray, generator: np.random.Generator | None) -> NDArray:
    """1 for the group to which the one event of a place falls; chances without a generator. Overwrites `hazard`."""
    if generator is None:
        np.negative(hazard, out=hazard)
        np.expm1(hazard, out=hazard)
        return np.negative(hazard, out=hazard)
    total = hazard.sum(axis=0)
    chance = -np.expm1(-total)
    uniform = generator.random(total.shape, np.float32)
    happens = np.nonzero(uniform < chance)
    point = uniform[happens] * total[happens] / chance[happens]
    edges = np.cumsum(hazard[:, *happens], axis=0)
    group = np.minimum((edges <= point).sum(axis=0), len(hazard) - 1)
    hazard[...] = 0
    hazard[group, *happens] = 1
    return hazard


def fragmentation(chunk_size: "Lanes", operators: NDArray) -> None:
    """Splits; with noise, only replicates in which a group splits are touched."""
    p = chunk_size.numbers
    members = chunk_size.members.sum(axis=1)
    held = members >= 1
    headless = (1 - chunk_size.integrity) * operators / (operators + p.split_operators_half)
    hazard = held * (p.split_hazard + p.split_hazard_headless * headless)
    if chunk_size.generator is None:
        founders = (chunk_size.region.members.sum(axis=1) > 0)[:, None]
        usual = p.split_share * (founders * members).sum(axis=0) / max(founders.sum(), 1)
        room = ~founders * np.clip(1 - members / np.maximum(usual, 1), 0, 1)
        splits = first_event(hazard, None) * founders
        slots = room / np.maximum(room.sum(axis=0), TINY)
        chunk_size.flows["blocked_splits"] += (1 - room.max(axis=0)) * splits
        splits *= room.max(axis=0)
        portion = np.broadcast_to(np.float32(p.split_share), chunk_size.site.shape)
        _divide(chunk_size, np.arange(splits.shape[1]), splits, slots.astype(np.float32), portion)
        return
    splits = first_event(hazard.astype(np.float32), chunk_size.generator)
    slots = (~held & (np.cumsum(~held, axis=0) == 1)).astype(np.float32)
    chunk_size.flows["blocked_splits"] += splits * (1 - slots.sum(axis=0))
    splits *= slots.sum(axis=0)
    which = np.flatnonzero(splits.any(axis=0))
    if which.size:
        splits, slots = splits[:, which], slots[:, which]
        chunk_size.parent[slots.argmax(axis=0), which] = splits.argmax(axis=0)
        _divide(chunk_size, which, splits, slots, _side(chunk_size, which, splits))


def _side(chunk_size: "Lanes", which: NDArray, splits: NDArray) -> NDArray:
    """Share of the members of a place beyond a line across the territory: [place, replicate of `which`]."""
    assert chunk_size.generator is not None
    p, region = chunk_size.numbers, chunk_size.region
    angle = 2 * np.pi * chunk_size.generator.random(which.size, np.float32)
    weight = (chunk_size.members[..., which] * splits[:, None]).sum(axis=0)
    weight /= np.maximum(weight.sum(axis=0), 1)
    along = region.easting[:, None] * np.cos(angle) + region.northing[:, None] * np.sin(angle)
    along -= (weight * along).sum(axis=0)
    spread = np.sqrt((weight * along**2).sum(axis=0))
    beyond = expit((along / np.maximum(spread, SMALLEST_KM) - float(ndtri(1 - p.split_share))) / EDGE)
    return np.where(spread > SMALLEST_KM, beyond, p.split_share).astype(np.float32)


def _divide(chunk_size: "Lanes", which: NDArray, splits: NDArray, slots: NDArray, portion: NDArray) -> None:
    """Moves the portion of a group that splits to its slot, in the replicates `which`."""
    members, operators = chunk_size.members[..., which], chunk_size.operators[..., which]
    leaving = splits[:, None] * portion
    gone = leaving * members
    before, joined = members.sum(axis=1), gone.sum(axis=1)
    chunk_size.members[..., which] = members - gone + slots[:, None] * gone.sum(axis=0)
    gone_operators = leaving * operators
    chunk_size.operators[..., which] = operators - gone_operators + slots[:, None] * gone_operators.sum(axis=0)
    arrived = slots * joined.sum(axis=0)
    new = arrived / np.maximum(before + arrived, 1)
    origin = joined / np.maximum(joined.sum(axis=0), TINY)
    integrity, shock, hostility = (
        chunk_size.integrity[:, which],
        chunk_size.shock[:, which],
        chunk_size.hostility[..., which],
    )
    chunk_size.integrity[:, which] = integrity + new * (1 - integrity)
    chunk_size.shock[:, which] = shock + new * ((origin * shock).sum(axis=0) - shock)
    towards = (origin[:, None] * hostility).sum(axis=0) + origin * chunk_size.numbers.split_hostility
    against = (hostility * origin).sum(axis=1) + origin * chunk_size.numbers.split_hostility
    moved = hostility + new[:, None] * (towards - hostility) + new * (against[:, None] - hostility)
    moved[np.arange(len(moved)), np.arange(len(moved))] = 0
    chunk_size.hostility[..., which] = moved
    chunk_size.flows["splits"][:, which] += splits


def _neighbours(chunk_size: "Lanes", values: NDArray) -> NDArray:
    """sum_n K_mn values_n of every group."""
    return np.stack([chunk_size.start.closeness @ each for each in values])


def relocation(chunk_size: "Lanes") -> None:
    """Cells under pressure move to neighbouring places."""
    p, members = chunk_size.numbers, chunk_size.members
    against = chunk_size.pressure(members, chunk_size.pass_one)
    against += p.hold
    np.add(against, members, out=chunk_size.pass_two)
    weakness = np.divide(against, chunk_size.pass_two, out=chunk_size.pass_one)
    worth = chunk_size.population / (chunk_size.population + p.market_half)
    deterred = np.maximum(chunk_size.deterrence - chunk_size.start.settled[:, None], 0)
    hazard = np.multiply(weakness, weakness, out=chunk_size.pass_two)
    hazard *= p.relocation * (1 - worth)
    hazard += p.flight * deterred
    hazard *= EVERY * p.relocation_channel
    hazard *= members > 0
    leaves = first_event(hazard, chunk_size.generator)
    weakness *= -p.rival_aversion
    score = np.exp(weakness, out=chunk_size.pass_one)
    score *= worth * np.exp(-p.force_aversion * chunk_size.deterrence)
    choices = _neighbours(chunk_size, score)
    leaves *= choices > 0
    chunk_size.flows["relocated"] += np.einsum("gmr,gmr->gr", leaves, members)
    choices[choices <= 0] = 1
    for cells in (chunk_size.members, chunk_size.operators):
        going = leaves * cells
        cells -= going
        going /= choices
        arriving = _neighbours(chunk_size, going)
        arriving *= score
        cells += arriving


def entry(chunk_size: "Lanes") -> None:
    """Groups open next to where they are."""
    p, members = chunk_size.numbers, chunk_size.members
    reach = chunk_size.start.reach[:, None]
    here = members >= p.foothold
    hazard = _neighbours(chunk_size, here.astype(np.float32))
    total = members.sum(axis=0)
    leaderless = np.einsum("gr,gmr->mr", 1 - chunk_size.integrity, members) / np.where(total > 0, total, 1)
    worth = chunk_size.population / (chunk_size.population + p.market_half)
    hazard *= (EVERY * p.entry_channel * p.entry) * worth * (1 + p.entry_weakness * leaderless) / reach
    hazard[here] = 0
    opens = first_event(hazard, chunk_size.generator)
    chunk_size.flows["entries"] += opens.sum(axis=1)
    sent = _neighbours(chunk_size, opens)
    sent *= p.entry_share / reach
    np.minimum(sent, 1, out=sent)
    for cells in (chunk_size.members, chunk_size.operators):
        arriving = _neighbours(chunk_size, cells / reach)
        arriving *= opens
        arriving *= p.entry_share
        cells *= 1 - sent
        cells += arriving
