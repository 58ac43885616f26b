"""Reports: one file a format. They show grades and never decide anything."""
