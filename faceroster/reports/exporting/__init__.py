"""Timesheets as files: what every export says about itself, the formats, and runs in the background."""
