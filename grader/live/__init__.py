"""The self-check in a live notebook: what the session holds, judged by the public checks."""
