"""Pages and operations in our own words."""
