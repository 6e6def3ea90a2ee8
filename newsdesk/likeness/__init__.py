"""What two texts are to each other: the same, an update, an edit; pure."""
