"""Letting in: passwords, keys, tokens of every kind and those who issue them."""
