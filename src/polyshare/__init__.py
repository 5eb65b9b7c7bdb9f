"""Polyshare: one share server that speaks four outside APIs."""

__version__ = "0.1.0"
