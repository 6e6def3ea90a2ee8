"""Mail: what one e-mail is made of, by which door it leaves, who signs it, and what comes back when nobody took it."""
