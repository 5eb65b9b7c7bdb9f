"""The nouns and laws of sharing, free of storage and of HTTP."""
