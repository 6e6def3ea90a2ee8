"""The shelf of endpoints: one file for each kind of thing."""
