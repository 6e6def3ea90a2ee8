"""When to look next: pure functions of what was seen of a source and of the present instant."""
