"""From their words to ours and back; plain functions."""
