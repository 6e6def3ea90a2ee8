"""Watches of volumes, silences and first mentions: what is usual, where each stands, what it tells."""
