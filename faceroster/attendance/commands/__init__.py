"""The subcommands of ``manage.py attendance``, one module each.

A module has ``HELP``, ``arguments(parser)`` and ``run(command, options)``. It is found by being here.
"""
