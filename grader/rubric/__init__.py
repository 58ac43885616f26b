"""The rubric: its schema, loading with ``file:line`` errors, linting, its JSON Schema."""
