"""Speaking HTTP in other people's words: one road for all, and a folder for each API."""
