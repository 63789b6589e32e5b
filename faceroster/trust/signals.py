"""What happens to signing in, for the apps above that write it down."""

from django.dispatch import Signal

#: A user's second step was ``how``: "set", "removed", "reset" or "recovery_used". With ``user``, ``by``.
second_step_changed = Signal()
#: Somebody whom a provider sent did not get in. With the ``code`` of why, and the ``request``.
sign_in_refused = Signal()
