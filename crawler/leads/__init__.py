"""The pages to fetch, and to look at again, as rows: whose turn it is, and how each ended."""
