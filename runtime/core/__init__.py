"""The leaf that all other packages stand on: base classes, the run context, errors and the protocol's records."""
