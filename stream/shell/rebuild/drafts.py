"""Ledgers while they are filled: read from the store once, changed in memory, and written when there are many."""

from collections.abc import Iterable, Mapping

from stream.core.contact import Contact
from stream.core.fact import Fact
from stream.core.rulebook import Rulebook
from stream.core.seen import moment_of
from stream.shell.delivery.delivery import ForgottenError
from stream.shell.delivery.plan import grown
from stream.shell.ledgers.bounds import Bounds
from stream.shell.ledgers.fullness import Fullness
from stream.shell.ledgers.ingest import prune_of_type, put
from stream.shell.ledgers.packed import pack, unpack
from stream.shell.ledgers.remembered import DUE_NOW, Remembered
from stream.shell.rebuild.earlier import Earlier
from stream.shell.store.store import Outcome, Store, Write

DRAFTS_MAX = 10_000
"""So many ledgers are in memory at a time, whatever the number of debtors; a large one takes some 20 kB."""

_SAVED_AT_ONCE = 1000


class Draft:
    """One debtor's ledger, as far as it is filled."""

    def __init__(self, key: str, value: bytes | None, rulebook: Rulebook, bounds: Bounds) -> None:
        self.remembered: Remembered = unpack(value)
        self._rulebook = rulebook
        self._bounds = bounds
        self._rev_read = self.remembered.rev
        self._ledger = self.remembered.ledger(key)
        self._fullness = Fullness(self._ledger, rulebook, bounds)
        self._newest: dict[str, int] = {}
        self._earlier: Earlier | None = None
        if self.remembered.earlier:
            self._with_earlier()

    def put(self, item: Contact | Fact, recorded: int, since: int | None) -> None:
        """Takes a contact or fact without judging; of contacts before `since` only who was contacted first."""
        if not isinstance(item, Contact):
            put(self._ledger, item, recorded, self._rulebook, self._bounds)
            return
        self._newest[item.type] = max(recorded, self._newest.get(item.type, 0))
        is_earlier = since is not None and moment_of(item, self._rulebook.words) < since
        if not is_earlier or item.contact_id in self._ledger.contacts:
            put(self._ledger, item, recorded, self._rulebook, self._bounds, fullness=self._fullness)
        if since is not None and (is_earlier or self._earlier is not None):
            self._with_earlier().put(item, recorded, since)

    def write(self, key: str, since: int | None) -> Write:
        """The ledger as it is to be stored: due at once, so that it is judged."""
        ledger, remembered = self._ledger, self.remembered
        if since is None:
            self._drop_what_is_too_old()
        remembered.contacts = list(ledger.contacts.values())
        remembered.facts = list(ledger.facts.values())
        remembered.firsts = ledger.firsts
        if self._earlier is not None:
            remembered.earlier = self._earlier.contacts
        remembered.since = since or 0
        remembered.rev = grown(remembered.rev)
        remembered.changes_at = DUE_NOW
        return Write(key, self._rev_read, pack(remembered), DUE_NOW)

    def _drop_what_is_too_old(self) -> None:
        """Where it is not known how far the inputs were judged, each topic is read in its own time."""
        for contact_type, recorded in self._newest.items():
            kept_from = recorded - self._bounds.kept_microseconds
            prune_of_type(self._ledger, self._rulebook, self._bounds, contact_type, kept_from)

    def _with_earlier(self) -> Earlier:
        if self._earlier is None:
            held = self.remembered.earlier
            self._earlier = Earlier(self._ledger.key, held, self._ledger.firsts, self._rulebook, self._bounds)
        return self._earlier


class Drafts:
    """The ledgers that are being filled, at most `DRAFTS_MAX` at a time in memory."""

    def __init__(self, store: Store, rulebook: Rulebook, bounds: Bounds, since: int | None) -> None:
        self._store = store
        self._rulebook = rulebook
        self._bounds = bounds
        self._since = since
        self._held: dict[str, Draft] = {}

    async def of(self, keys: Iterable[str]) -> Mapping[str, Draft]:
        """The drafts of these debtors, and others, until the next call."""
        asked = dict.fromkeys(keys)
        missing = [key for key in asked if key not in self._held]
        if missing and len(self._held) + len(missing) > DRAFTS_MAX:
            missing = list(asked)
            await self.save()
        for key, value in zip(missing, await self._store.load(missing), strict=True):
            self._held[key] = Draft(key, value, self._rulebook, self._bounds)
        return self._held

    async def save(self) -> None:
        """Writes all of them. Raises ForgottenError where somebody else rebuilds, or Redis has lost it again."""
        held, self._held = self._held, {}
        keys = list(held)
        for begin in range(0, len(keys), _SAVED_AT_ONCE):
            some = keys[begin : begin + _SAVED_AT_ONCE]
            outcomes = await self._store.save([held[key].write(key, self._since) for key in some])
            if set(outcomes) != {Outcome.SAVED}:
                raise ForgottenError("Redis lost what it was being filled with, or somebody else fills it")
