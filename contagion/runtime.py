"""Where and how exactly the numbers are computed: device, precision, and the cache of compiled code."""

import platform

import jax
from platformdirs import user_cache_path

from contagion.errors import InputError


def configure(device: str, precision: str) -> str:
    """Selects the device and the precision, before anything is computed, and keeps compiled code.

    **Arguments:** `device` auto, cpu or gpu; `precision` float32 or float64, the type of every number of the state.

    Returns a sentence that says what runs where. Raises InputError where `gpu` is asked for and there is none.
    """
    if device == "cpu":
        jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", precision == "float64")
    keep_compiled()
    devices = jax.devices()
    if device == "gpu" and devices[0].platform != "gpu":
        raise InputError(
            "runtime.device=gpu: no GPU that JAX can use here; use runtime.device=cpu, or install the extra "
            "contagion[cuda] on a machine with an NVIDIA GPU"
        )
    kind = f"{devices[0].platform.upper()} device ({devices[0].device_kind})"
    return f"{len(devices)} {kind}, {precision}, JAX {jax.__version__}"


def keep_compiled() -> None:
    """Keeps compiled code in the user's cache folder, unless JAX was told of a folder already."""
    if jax.config.jax_compilation_cache_dir is not None:  # pyright: ignore[reportAttributeAccessIssue]
        return
    # Compiled code is valid for one version and one kind of processor.
    cache = user_cache_path("contagion") / "xla" / f"{jax.__version__}-{platform.machine()}-{platform.python_version()}"
    jax.config.update("jax_compilation_cache_dir", str(cache))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
