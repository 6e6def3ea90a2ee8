"""Articles become alerts: matches watches, keeps an outbox, delivers."""
