"""Pages that became articles, kept as they came."""
