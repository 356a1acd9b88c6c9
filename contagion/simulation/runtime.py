"""Where and how exactly the numbers are computed: device, precision, memory, and the cache of compiled code."""

import ctypes
import os
import platform
import warnings

import jax
from platformdirs import user_cache_path

from contagion.errors import InputError, install

KEPT = (1 << 31) - 1  # bytes of freed memory that stay with the process at most: the largest number mallopt(3) takes
# What it calls M_TRIM_THRESHOLD, M_MMAP_THRESHOLD and M_ARENA_MAX: in arenas of threads nothing above 64 MiB is kept.
MALLOC = {-1: KEPT, -3: KEPT, -8: 1}
UNREADABLE = "Error reading persistent compilation cache entry"
OWN_MALLOC = (
    "GLIBC_TUNABLES",
    "MALLOC_TRIM_THRESHOLD_",
    "MALLOC_MMAP_THRESHOLD_",
    "MALLOC_MMAP_MAX_",
    "MALLOC_ARENA_MAX",
)


def configure(device: str, precision: str) -> str:
    """Select the device and the precision of this process, before anything is computed, and keep compiled code.

    The command calls it; a library call never does.

    Parameters
    ----------
    device
        auto, cpu or gpu.
    precision
        float32 or float64: the type of every number of the state.

    Returns
    -------
    str
        A sentence that says what runs where.

    Raises
    ------
    InputError
        If `gpu` is asked for and there is none.
    """
    if device == "cpu":
        jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", precision == "float64")
    keep_memory()  # before JAX starts threads
    keep_compiled()
    devices = jax.local_devices()
    if device == "gpu" and devices[0].platform != "gpu":
        raise InputError(
            "runtime.device=gpu: no GPU that JAX can use here; use runtime.device=cpu, or on a machine with an "
            f"NVIDIA GPU {install('cuda')}"
        )
    kind = f"{devices[0].platform.upper()} device ({devices[0].device_kind})"
    return f"{len(devices)} {kind}, {precision}, JAX {jax.__version__}"


def keep_compiled() -> None:
    """Keep compiled code in the user's cache folder, unless JAX was told of a folder already."""
    if jax.config.jax_compilation_cache_dir is not None:  # pyright: ignore[reportAttributeAccessIssue]
        return
    # Compiled code is valid for one version and one kind of processor.
    cache = user_cache_path("contagion") / "xla" / f"{jax.__version__}-{platform.machine()}-{platform.python_version()}"
    jax.config.update("jax_compilation_cache_dir", str(cache))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    # What another process is writing, or was when it was killed, cannot be read: it is compiled here instead.
    warnings.filterwarnings("ignore", UNREADABLE)


def keep_memory() -> None:
    """Keeps freed memory for the next call, where the GNU C library gives it out, unless it was told how to already.

    XLA takes its working memory anew whenever compiled code is called. What is larger than 32 MiB the library would
    return to the system each time, which clears every page before it gives it back.
    """
    if platform.libc_ver()[0] == "glibc" and not any(name in os.environ for name in OWN_MALLOC):
        for option, value in MALLOC.items():
            ctypes.CDLL(None).mallopt(option, value)
