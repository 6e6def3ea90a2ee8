"""The shelf of operators: each file adds one, or a few that belong together."""
