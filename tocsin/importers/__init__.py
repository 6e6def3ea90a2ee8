"""The forms of import, one file each."""
