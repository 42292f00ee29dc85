"""How often Python looks for garbage that refers to itself."""

import gc

_NEW_OBJECTS = 50_000
_YOUNG_LOOKS, _MIDDLE_LOOKS = 20, 100


def collect_seldom() -> None:
    """Looks through new objects after every 50 000 of them, and through all seldom; nothing that is here now counts.

    A worker makes a hundred objects of an event and keeps ledgers at hand, none of which refer to themselves. With
    Python's own thresholds, made for small programs, a quarter of its time went into looking.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _YOUNG_LOOKS, _MIDDLE_LOOKS)
