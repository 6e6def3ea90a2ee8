"""What you run: settings, schedule, command line and web face."""
