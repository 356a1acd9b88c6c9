"""The processes of the model, one pure function each, in the order in which `step` runs them."""
