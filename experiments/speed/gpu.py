"""A week as XLA compiles it for an H100, on a machine without one: kernels, their traffic, what the host waits for.

The CUDA plugin of JAX (`pip install 'contagion[cuda]'`) compiles for a described device with `JAX_PLATFORMS=cpu`. These
are facts of the compiled program; no device has run it, so there are no times here. The bytes of a kernel are those of
its operands and its result, once each; a gather counts all that it may reach, once, as a cache would have it.
"""

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import pandas as pd

from contagion.kernel.initial import init
from contagion.kernel.numerics.random import replicate_keys
from contagion.kernel.processes.relocation import EVERY
from contagion.kernel.rollouts import compiled_rollout
from experiments.speed import problem

PLUGINS = ("jax_cuda12_plugin", "jax_cuda13_plugin")
# As NVIDIA's data sheet and tuning guide of the H100 SXM5 have it; what is on a core is on a streaming multiprocessor.
DEVICE = dict(
    threads_per_block_limit=1024,
    threads_per_warp=32,
    shared_memory_per_block=48 << 10,
    shared_memory_per_block_optin=227 << 10,
    shared_memory_per_core=228 << 10,
    threads_per_core_limit=2048,
    core_count=132,
    fpus_per_core=128,
    block_dim_limit_x=2**31 - 1,
    block_dim_limit_y=2**16 - 1,
    block_dim_limit_z=2**16 - 1,
    memory_bandwidth=3_350_000_000_000,
    l2_cache_size=50 << 20,
    clock_rate_ghz=1.98,
    device_memory_size=80 << 30,
    registers_per_core_limit=1 << 16,
    registers_per_block_limit=1 << 16,
)
SIZE = dict(pred=1, s8=1, u8=1, f16=2, bf16=2, s16=2, u16=2, f32=4, s32=4, u32=4, f64=8, s64=8, u64=8)
NOTHING = {
    "parameter",
    "get-tuple-element",
    "tuple",
    "bitcast",
    "constant",
    "after-all",
    "while",
    "conditional",
    "call",
}
SMALL = 1.0  # bytes per replicate and place below which kernels are counted and not listed


@dataclass(frozen=True)
class Kernel:
    """One kernel: its name, its bytes, and what of the program it computes."""

    name: str
    traffic: int
    what: str


def installed() -> bool:
    """Whether the plugin that compiles for NVIDIA's devices is."""
    return any(importlib.util.find_spec(name) for name in PLUGINS)


def compiled(sizes: problem.Sizes, replicates: int) -> jax.stages.Compiled:
    """A run of the full model over any weeks, compiled for an H100."""
    from jax.experimental import topologies
    from jax.sharding import SingleDeviceSharding

    described = "\n".join(f"  {name}: {value}" for name, value in DEVICE.items())
    target = f"gpu_device_info {{\n  cuda_compute_capability {{ major: 9 }}\n{described}\n}}\n"
    target += 'platform_name: "CUDA"\ndnn_version_info { major: 9 minor: 10 }\ndevice_description_str: "NVIDIA H100"\n'
    topology = topologies.get_topology_desc("h100", "cuda", target_config=target, topology="1x1x1")
    there = SingleDeviceSharding(topology.devices[0])
    model = problem.model(problem.atlas(sizes).region)
    model = replace(model, region=model.region.widened())
    keys = jax.eval_shape(lambda: replicate_keys(0, jnp.arange(replicates)))
    carry, constants = jax.eval_shape(lambda model, keys: init(model, replicates, keys), model, keys)

    def on_device(leaf):
        return jax.ShapeDtypeStruct(jnp.shape(leaf), jnp.result_type(leaf), sharding=there)

    week = jax.ShapeDtypeStruct((), jnp.int32, sharding=there)
    given = jax.tree.map(on_device, (model, carry, constants, keys))
    return compiled_rollout("gpu").lower(*given, week, week).compile()


def read(program: str) -> tuple[list[Kernel], list[Kernel], int, int]:
    """Kernels of every week, those beside them when groups move, and flags that each makes the host read.

    Parameters
    ----------
    program
        Optimised HLO as text. The longest loop is that over weeks, and the longest in it the moves.
    """
    bodies = dict(_computations(program))

    def loops(name: str) -> list[tuple[str, str]]:
        """Conditions and bodies of the loops of a computation."""
        found = (re.search(r" while\(.*condition=%?([\w.\-]+), body=%?([\w.\-]+)", line) for line in bodies[name])
        return [(match[1], match[2]) for match in found if match]

    entry = re.findall(r"^ENTRY %?([\w.\-]+)", program, re.M)[0]
    test_of_weeks, weeks = max(loops(entry), key=lambda loop: len(bodies[loop[1]]))
    inner = sorted(loops(weeks), key=lambda loop: len(bodies[loop[1]]))
    test_of_moves, moves = inner[-1]
    others = sum(len(re.findall(r" conditional\(", line)) for line in bodies[weeks]) + len(inner) - 1
    weekly = _kernels(bodies[test_of_weeks]) + _kernels(bodies[weeks]) + _kernels(bodies[test_of_moves])
    # A loop's flag is read before each round, and once more to see that there is none.
    nested = len(loops(moves)) + sum(len(re.findall(r" conditional\(", line)) for line in bodies[moves])
    return weekly, _kernels(bodies[moves]) + _kernels(bodies[test_of_moves]), 2 + others, 1 + nested


def _computations(program: str) -> Iterator[tuple[str, list[str]]]:
    """Names and lines of the computations of a program."""
    for name, body in re.findall(r"^(?:ENTRY )?%?([\w.\-]+) \([^\n]*\{\n(.*?)^\}", program, re.M | re.S):
        yield name, body.splitlines()


def _kernels(lines: list[str]) -> list[Kernel]:
    """What of a computation the device is told to do, one kernel each."""
    sizes, kernels = {}, []
    for line in lines:
        found = re.match(r"\s*(?:ROOT )?%?([\w.\-]+) = (.*?) ([\w\-]+)\((.*)$", line)
        if not found:
            continue
        name, shape, operation, rest = found.groups()
        sizes[name] = _bytes(shape)
        if operation not in NOTHING:
            operands = re.findall(r"%([\w.\-]+)", rest.split("), ")[0])
            what = re.search(r'op_name="[^"]*?while/body/(?:while/body/)?([^"]*)"', line)
            traffic = sizes[name] + sum(sizes.get(operand, 0) for operand in operands)
            kernels.append(Kernel(name, traffic, what[1] if what else ""))
    return kernels


def _bytes(shape: str) -> int:
    """Bytes of an array or a tuple of arrays."""
    total = 0
    for kind, lengths in re.findall(r"\b([a-z]+\d*)\[([\d,]*)\]", shape):
        count = 1
        for length in filter(None, lengths.split(",")):
            count *= int(length)
        total += count * SIZE.get(kind, 0)
    return total


def table(sizes: problem.Sizes) -> pd.DataFrame:
    """Kernels of every week and of moves with their bytes per replicate and place, and the average of four weeks.

    Raises
    ------
    RuntimeError
        Where the plugin is not installed.
    """
    if not installed():
        raise RuntimeError("the part gpu needs the CUDA plugin of JAX, on any machine: pip install 'contagion[cuda]'")
    replicates = max(sizes.replicates)
    program = compiled(sizes, replicates)
    weekly, moves, flags, more_flags = read(program.as_text() or "")
    places = len(problem.atlas(sizes).region.population)
    rows = []
    for part, kernels in (("every week", weekly), (f"moves, every {EVERY} weeks", moves)):
        listed = [kernel for kernel in kernels if kernel.traffic > SMALL * replicates * places]
        rows += [(part, kernel.name, 1, kernel.traffic, kernel.what) for kernel in listed]
        rest = [kernel for kernel in kernels if kernel not in listed]
        rows.append((part, "all others", len(rest), sum(kernel.traffic for kernel in rest), ""))
    total = [sum(kernel.traffic for kernel in kernels) for kernels in (weekly, moves)]
    rows.append(("average", "kernels", len(weekly) + len(moves) / EVERY, total[0] + total[1] / EVERY, ""))
    rows.append(("average", "flags that the host reads", flags + more_flags / EVERY, 0, ""))
    made = pd.DataFrame(rows, columns=["part", "kernel", "kernels", "bytes", "what"])
    made["bytes"] = made["bytes"] / (replicates * places)
    held = program.memory_analysis()
    memory = (held.temp_size_in_bytes + held.argument_size_in_bytes + held.output_size_in_bytes) if held else 0
    made.loc[len(made)] = [
        "memory",
        f"{replicates} replicates",
        0,
        memory / (replicates * places),
        "temporary, state and result",
    ]
    return made
