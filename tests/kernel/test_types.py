"""Every option keeps to the types and shapes that it declares: here they are checked, elsewhere no more."""

import jax
import jax.numpy as jnp
import pytest

from contagion.interventions.registry import intervention_names, load_driver, load_intervention
from contagion.kernel.controls import Controls
from contagion.kernel.initial import Model, init
from contagion.kernel.processes.observation import observe

LOADERS = {"intervention": load_intervention, "driver": load_driver}
ALL = [(group, name) for group in LOADERS for name in intervention_names(group)]


@pytest.fixture(scope="module")
def views(region, params):
    """What is seen at the start, in a number of replicates that no other axis has."""
    carry, _ = init(Model(region, params, ()), 11)
    return observe(carry.state, params, region, None)


@pytest.mark.parametrize(("group", "name"), ALL)
def test_options_keep_to_their_types(region, views, group, name):
    option = LOADERS[group](name)

    def act(region, view):
        memory = option.init_memory(region, view)
        return memory, option.act(memory, view, region, jnp.int32(5))

    before, (controls, after) = jax.eval_shape(act, region, views)
    assert isinstance(controls, Controls)
    assert jax.tree.map(jnp.shape, after) == jax.tree.map(jnp.shape, before)
