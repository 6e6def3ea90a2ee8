"""From what was filed to what is promised: who is to hear of it, who has heard, and what goes together."""
