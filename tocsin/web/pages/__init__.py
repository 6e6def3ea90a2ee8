"""The shelf of web pages: one file each."""
