"""`python -m stream` is `duewatch`."""

from stream.cli.main import main

main(prog_name="duewatch")
