"""The same notebooks and the same assertions, graded by this project, by nbgrader and by otter-grader."""
