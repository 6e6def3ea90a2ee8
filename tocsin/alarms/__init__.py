"""Tocsin's own trouble: judged, worded, and told by a way of its own."""
