"""Classifiers trained on a site's people: one more word that a face must have, never one instead."""
