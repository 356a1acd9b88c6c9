"""The numerical kernel: pure functions of a model and random keys, which import nothing but JAX and Equinox.

`init(model, replicates, keys) -> (carry, constants)` starts a run and `rollout(model, carry, constants, keys, first,
last) -> (carry, flows, stocks)` continues it; `ensemble` does both in chunks of replicates, on all devices. Homicides
are counted around what the mechanism expects, or around levels from outside, in an `Anchor`.
"""

from contagion.kernel.controls import Controls, Ledger
from contagion.kernel.ensembles import ensemble
from contagion.kernel.fields import area, choice, number
from contagion.kernel.flows import Flows, Stocks
from contagion.kernel.initial import Carry, Model, init
from contagion.kernel.intervention import Intervention, Memory
from contagion.kernel.numerics.random import replicate_keys
from contagion.kernel.params import Params
from contagion.kernel.processes.anchor import Anchor
from contagion.kernel.region import Constants, Region
from contagion.kernel.rollouts import rollout
from contagion.kernel.state import Observation, State

__all__ = [
    "Anchor",
    "Carry",
    "Constants",
    "Controls",
    "Flows",
    "Intervention",
    "Ledger",
    "Memory",
    "Model",
    "Observation",
    "Params",
    "Region",
    "State",
    "Stocks",
    "area",
    "choice",
    "ensemble",
    "init",
    "number",
    "replicate_keys",
    "rollout",
]
