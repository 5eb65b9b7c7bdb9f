"""Tests of Polyshare."""
