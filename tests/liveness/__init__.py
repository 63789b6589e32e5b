"""The test kit of liveness: a renderer of live heads and of attacks, and what gets past."""
