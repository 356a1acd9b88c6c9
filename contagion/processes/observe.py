"""Process 1: what an authority sees."""

from contagion.state import State, View


def observe(state: State) -> View:
    """Recorded homicides and attributed killings, own forces, own police.

    The errors of recording and attribution enter where records are made, in `remember`.
    """
    return View(
        recorded=state.recorded,
        attributed=state.attributed,
        military=state.military,
        police=state.police,
        capability=state.capability,
    )
