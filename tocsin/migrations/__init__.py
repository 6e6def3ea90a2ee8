"""One history for the whole database."""

HEAD = "0007"
"""The newest revision: what a database must be at to be used by this Tocsin."""
