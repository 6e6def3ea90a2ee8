"""The world in small, on loopback: a newspaper that prints, a mailbox and a hook that receive."""
