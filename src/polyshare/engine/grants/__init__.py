"""The matrix: how shares, items and grants begin, move on and end, whatever is shared."""
