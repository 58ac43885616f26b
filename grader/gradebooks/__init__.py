"""Marks as learning platforms take them: whose is whose, what lateness costs, and one file a dialect."""
