"""What the house does: verbs, each one transaction, for every dialect alike."""
