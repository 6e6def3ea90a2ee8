"""The shelf of outlets whose pages need their own reading: one file a domain."""
