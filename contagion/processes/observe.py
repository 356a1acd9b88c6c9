"""Process 1: what an authority sees."""

from contagion.processes.memory import reported
from contagion.state import Params, Region, State, View


def observe(state: State, params: Params, region: Region) -> View:
    """Recorded homicides and attributed killings, own forces, own police.

    Killings are attributed with errors when they happen, in `remember`.
    """
    return View(
        recorded=reported(state.recent, params, region),
        attributed=state.attributed,
        military=state.military,
        police=state.police,
        capability=state.capability,
    )
