"""From punches to a workday: one pure function, and what it takes and gives.

Nothing here reads a database, a clock or a setting, so that the same inputs always give the same days.
"""
