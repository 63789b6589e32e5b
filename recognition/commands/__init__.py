"""The commands of ``python -m recognition``, one module each: ``register`` and ``run``."""
