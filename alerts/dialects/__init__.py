"""The query languages of other services, one file each."""
