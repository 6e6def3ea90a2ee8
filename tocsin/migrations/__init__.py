"""One history for the whole database."""

HEAD = "0004"
"""The newest revision: what a database must be at to be used by this Tocsin."""
