"""What rules of a shift in force since a day in the past would change, before they are stored."""
