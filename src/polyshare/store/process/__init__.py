"""Rows about the house itself: what happened, what was answered, who is at work."""
