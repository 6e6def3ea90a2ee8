"""How an alert is worded, for people and for programs; pure."""
