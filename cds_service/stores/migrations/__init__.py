"""The migrations of the store. Each says in its own words what it makes and does not look at `schema`."""
