"""The numerical kernel: a pure function of a model and random keys, which imports nothing but JAX and Equinox.

`init(model, replicates, keys) -> (carry, constants)` starts a run and `rollout(model, carry, constants, keys, first,
last) -> (carry, flows, stocks)` goes on with it; `ensemble` does both in chunks of replicates on all devices.
"""
