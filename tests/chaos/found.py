"""Seeds that have found bugs, to be tried again after a change of the protocol: `make chaos SEEDS=found MINUTES=3`.

What a seed's faults hit is up to the machine, so that a seed shows a bug more or less often, and none for certain; each
of these bugs has a test of its own beside.
"""

FOUND: dict[int, str] = {
    1: "Redis was replaced while it was being filled: the rebuild saved again and again what was refused, without end "
    "(tests/shell/test_rebuild.py).",
}
