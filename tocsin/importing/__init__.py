"""Many articles brought in at once, gone on with where it was interrupted."""
