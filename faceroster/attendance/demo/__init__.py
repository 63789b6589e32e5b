"""A made-up company and its year: people who do not exist, at sites around the world.

The same seed writes the same rows, but for the keys that people are sealed under and the moments at which
rows were written. Everything a person does is drawn from a stream of their own, so that one more person
changes nothing about the others.
"""
