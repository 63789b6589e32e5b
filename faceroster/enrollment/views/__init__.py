"""Pages for staff, in the admin's dress."""
