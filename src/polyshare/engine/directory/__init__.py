"""Who and what there is: people, groups, accounts, organizations, projects, products, and how they are named and told."""
