"""Notes read: layout, clauses, polarity and discourse, for `narrative` alone."""
