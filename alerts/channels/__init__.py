"""The shelf of channels: each file adds one."""
