"""The job that everybody does: the calls of three days, and what has to come of them."""
