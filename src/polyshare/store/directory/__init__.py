"""Rows about who and what there is: people, groups, projects, products, providers."""
