"""A ledger in Redis takes little room, and comes back as it was, whatever was saved of it last."""

from datetime import timedelta

import pytest

from stream.shell.ledgers.packed import body_of, is_settled_above, pack, plain_bytes, unpack
from stream.shell.ledgers.remembered import Remembered, encode
from stream.shell.store.store import rev_of
from tests.parts.calls import NOON, call
from tests.parts.inputs import contact_of


def remembered_with(contacts: int) -> Remembered:
    calls = [contact_of(call(f"0d1f-{n}", NOON + timedelta(hours=n))) for n in range(contacts)]
    return Remembered(rev=17, outbox={"dials-3": ["dial", "NIFA-9|0d1f-0"]}, version=5, contacts=calls)


@pytest.mark.parametrize("contacts", [0, 1, 2, 5, 300])
def test_it_comes_back(contacts: int) -> None:
    """Small or large, a ledger is read as it was saved; its rev stands where the store's functions look for it."""
    ledger = remembered_with(contacts)
    value = pack(ledger)
    assert unpack(value) == ledger
    assert rev_of(value) == 17
    assert plain_bytes(value) == len(encode(ledger))


def test_a_confirm_writes_only_what_it_changes() -> None:
    """The compressed part is saved again as it is; rev and outbox are the newer ones."""
    ledger = remembered_with(5)
    body = body_of(ledger)
    ledger.rev, ledger.outbox = 18, {}
    value = pack(ledger, body)
    assert value.endswith(body.frame)
    assert body.frame
    assert unpack(value) == ledger
    assert is_settled_above(value, 17)
    assert not is_settled_above(value, 18)


def test_who_owes_something_is_not_settled() -> None:
    """A ledger with an outbox, or none at all, needs a look, whatever its rev."""
    assert not is_settled_above(pack(remembered_with(5)), 1)
    assert not is_settled_above(None, 0)
