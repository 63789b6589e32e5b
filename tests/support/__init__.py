"""What several test suites need, that is not a fixture."""
