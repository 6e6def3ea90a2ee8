"""From what is due to what is on record: gathered, brought up to date, sent, written down."""
