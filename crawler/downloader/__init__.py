"""One request with all manners, from its turn at the gate to the decoded answer."""
