"""What everybody may read without signing in: the policy, and the sign for the door."""
