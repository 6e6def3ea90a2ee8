"""How an arrival is filed: what is on record of it, what it turns out to be, what is written."""
