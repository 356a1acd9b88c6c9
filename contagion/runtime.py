"""Where the numbers are computed: choice of device and the cache of compiled code."""

import platform

import jax
from platformdirs import user_cache_path

from contagion.errors import InputError

PLATFORMS = {"cpu": "cpu", "gpu": "cuda"}


def configure(device: str) -> str:
    """Selects the device, before anything is computed, and turns on the persistent compilation cache.

    Returns a sentence that says what runs where. Raises InputError where `gpu` is asked for and there is none.
    """
    if device != "auto":
        jax.config.update("jax_platforms", PLATFORMS[device])
    # Compiled code is valid for one version and one kind of processor.
    cache = user_cache_path("contagion") / "xla" / f"{jax.__version__}-{platform.machine()}-{platform.python_version()}"
    jax.config.update("jax_compilation_cache_dir", str(cache))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    try:
        devices = jax.devices()
    except RuntimeError as error:
        raise InputError(
            f"runtime.device={device}: no such device here ({str(error).splitlines()[0]}); "
            "use runtime.device=cpu, or install the extra contagion[cuda] on a machine with an NVIDIA GPU"
        ) from None
    return f"{len(devices)} {devices[0].platform.upper()} device ({devices[0].device_kind}), JAX {jax.__version__}"
