"""One look at one source, from the request for its list to what is written down of it."""
