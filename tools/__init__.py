"""Tools for working on Polyshare; `dev.py` runs them."""
