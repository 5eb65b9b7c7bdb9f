"""What a process keeps in its memory between calls: credentials, keys, counts, brakes and budgets."""
