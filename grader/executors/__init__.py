"""Where a class's work is run."""
