"""What Tocsin costs and what it survives, measured; each module says how it is run."""
