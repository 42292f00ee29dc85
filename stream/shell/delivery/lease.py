"""Nothing is published by a worker that the group may have given up (architecture, "Left over")."""

import asyncio
from collections.abc import Callable

_LOOK_SECONDS = 0.05


class LeaseError(Exception):
    """The group has not been heard for half the session time-out: the partitions may be somebody else's."""


class Lease:
    """Holds while the group was heard less than `unheard_seconds_max` ago (half the session time-out).

    A heartbeat answered since says as much as a young fetch: nobody else was given the partitions meanwhile.
    """

    def __init__(self, unheard_seconds: Callable[[], float] = lambda: 0.0, unheard_seconds_max: float = 3.0) -> None:
        self._unheard_seconds = unheard_seconds
        self._unheard_seconds_max = unheard_seconds_max

    async def held(self) -> None:
        """Returns while the group counts on this worker; what one that was given up says could be the last word.

        Raises LeaseError where no heartbeat is answered within `unheard_seconds_max` more.
        """
        waited = 0.0
        while (unheard := self._unheard_seconds()) > self._unheard_seconds_max:
            if waited > self._unheard_seconds_max:
                raise LeaseError(
                    f"the group was last heard {unheard:.1f} s ago; partitions may have moved, nothing is published"
                )
            # Judging a large batch on a busy machine keeps heartbeats waiting: they come first now.
            await asyncio.sleep(_LOOK_SECONDS)
            waited += _LOOK_SECONDS
