"""From figures to tables: on a terminal, in a pipe, and in RESULTS.md."""
