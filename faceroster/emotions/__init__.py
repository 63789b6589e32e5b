"""Emotion tagging: off, locked where the law forbids it, and never told about one person."""
