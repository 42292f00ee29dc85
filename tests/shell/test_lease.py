"""A worker that the group may have given up keeps silent."""

import time
from datetime import timedelta

import pytest

from stream.shell.delivery.lease import Lease, LeaseError
from tests.parts.calls import NOON, call, deliver, found
from tests.parts.ground import Ground

LATE = NOON.replace(hour=23) - timedelta(days=1)


async def test_a_worker_the_group_has_given_up_says_nothing() -> None:
    """While no heartbeat is answered nothing is published, and in the end the work fails instead of being done; whoever
    has the partition next says it.
    """
    ground = Ground(NOON)
    given_up = Lease(lambda: 60.0, 0.1)
    with pytest.raises(LeaseError, match="nothing is published"):
        await deliver(ground, call("c-1", LATE), lease=given_up)
    assert not ground.topics.records
    assert await deliver(ground, call("c-1", LATE)) == ["duplicate"]
    assert list(found(ground, "NIFA-9-HOURS")) == ["c-1"]


async def test_a_heartbeat_that_comes_late_is_waited_for() -> None:
    """A busy worker that hears the group again goes on where it was."""
    ground = Ground(NOON)
    began = time.monotonic()
    heard_again = Lease(lambda: 0.0 if time.monotonic() - began > 0.2 else 60.0, 10.0)
    assert await deliver(ground, call("c-1", LATE), lease=heard_again) == ["new"]
    assert list(found(ground, "NIFA-9-HOURS")) == ["c-1"]
