"""What survives processes that die and change at once."""
