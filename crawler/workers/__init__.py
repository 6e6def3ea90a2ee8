"""Foreign bytes are read in processes of their own, each task with a time and a memory limit."""
