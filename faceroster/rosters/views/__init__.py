"""Pages of rosters. Views fetch with permission, call one service and render."""
