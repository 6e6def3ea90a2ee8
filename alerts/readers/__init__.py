"""Those who subscribe by themselves: taken in, rested, and let go when their mailboxes are dead."""
