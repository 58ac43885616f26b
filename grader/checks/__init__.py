"""Checks: small pure functions over evidence, one file a family, registered under the name a rubric uses."""
