"""What a query is probably not meant to say, what it can never find, and what each of its branches brings; pure."""
