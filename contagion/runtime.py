"""Where the numbers are computed: choice of device and the cache of compiled code."""

import platform

import jax
from platformdirs import user_cache_path

from contagion.errors import InputError


def configure(device: str) -> str:
    """Selects the device, before anything is computed, and turns on the persistent compilation cache.

    Returns a sentence that says what runs where. Raises InputError where `gpu` is asked for and there is none.
    """
    if device == "cpu":
        jax.config.update("jax_platforms", "cpu")
    # Compiled code is valid for one version and one kind of processor.
    cache = user_cache_path("contagion") / "xla" / f"{jax.__version__}-{platform.machine()}-{platform.python_version()}"
    jax.config.update("jax_compilation_cache_dir", str(cache))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    devices = jax.devices()
    if device == "gpu" and devices[0].platform != "gpu":
        raise InputError(
            "runtime.device=gpu: no GPU that JAX can use here; use runtime.device=cpu, or install the extra "
            "contagion[cuda] on a machine with an NVIDIA GPU"
        )
    return f"{len(devices)} {devices[0].platform.upper()} device ({devices[0].device_kind}), JAX {jax.__version__}"
