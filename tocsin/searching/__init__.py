"""The archive, asked by a query: what is found, what a watch would have found, and how both are shown."""
