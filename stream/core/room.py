"""How many facts of one debtor are kept, so that his ledger and his block state stay small whatever is sent."""

from msgspec import json, structs

from stream.core.fact import Fact

FACTS_MAX = 1000
"""Facts that are kept of one debtor, where no setting says otherwise."""

_BYTES_EACH = 512
_FREEING = frozenset({"reopened", "consented"})
_ENCODER = json.Encoder()


def weight_of(fact: Fact) -> int:
    """As how many facts one counts: a long one as one for each 512 bytes of its JSON begun."""
    return -(-len(_ENCODER.encode(fact)) // _BYTES_EACH)


def room_for(fact: Fact, facts_max: int) -> int:
    """The weight up to which a fact is taken. Those that end a block have as much again: nobody stays blocked because
    too many blocks were sent.
    """
    return 2 * facts_max if fact.kind in _FREEING else facts_max


def emptied(fact: Fact) -> Fact:
    """A voided fact without what it had said: only its revision still counts."""
    return structs.replace(
        fact, until=None, hours=None, channels=None, limits=None, debt=None, person=None, value=None, agency=None
    )
