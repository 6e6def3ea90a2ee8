"""How each outlet does: silence, trouble and rot told from chance."""
