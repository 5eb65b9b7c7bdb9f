"""Between their words and ours, both ways: plain functions."""
