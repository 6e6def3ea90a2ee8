"""The ways in which outlets list their news, one file each."""
