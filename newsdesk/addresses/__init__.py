"""How addresses are compared: what is fetched, what names a page, what only tracks."""
