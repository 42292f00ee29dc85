"""What has become of every input record: it is in a ledger, or a dead letter."""

from collections.abc import Iterable, Mapping
from typing import Any

from stream.core.contact import Contact
from stream.core.partition import BUCKETS
from stream.core.registry import Entry
from stream.shell.codec.decode import Decoder
from stream.shell.codec.refusal import Refusal
from stream.shell.ledgers.packed import unpack
from stream.shell.settings.redis_address import parse_redis
from stream.shell.store.redis import RedisStore
from tests.logs import Line, to_line

Place = tuple[str, int, int]
"""Topic, partition and offset."""


def places(letters: Iterable[Any]) -> set[Place]:
    """Where the records of dead letters stood: the same however often they were read."""
    return {_place({name: text.decode() for name, text in letter.headers}) for letter in letters}


def _place(headers: Mapping[str, str]) -> Place:
    topic, partition, offset = (headers[f"__streams.errors.{name}"] for name in ("topic", "partition", "offset"))
    return topic, int(partition), int(offset)


async def remembered(redis_url: str, group: str) -> dict[tuple[str, str], int]:
    """Every contact and fact in the ledgers, with its revision."""
    store = RedisStore(parse_redis(redis_url), group)
    await store.open()
    held: dict[tuple[str, str], int] = {}
    for bucket in range(BUCKETS):
        keys = await store.debtors(None, bucket, "", 10_000)
        for key, value in zip(keys, await store.load(keys), strict=True):
            institution, ledger = key.partition("|")[0], unpack(value)
            held |= {(institution, contact.contact_id): contact.revision for contact in ledger.contacts}
            held |= {(institution, fact.fact_id): fact.revision for fact in ledger.facts}
    await store.close()
    return held


def newest_revisions(lines: list[Line]) -> dict[tuple[str, str], int]:
    """Every contact and fact that can be read in a log, with its highest revision."""
    newest: dict[tuple[str, str], int] = {}
    for line in lines:
        try:
            record = Decoder(frozenset()).decode(to_line(line))
        except Refusal:
            continue
        if not isinstance(record.item, Entry):
            name = record.item.contact_id if isinstance(record.item, Contact) else record.item.fact_id
            key = (record.institution, name)
            newest[key] = max(record.item.revision, newest.get(key, 0))
    return newest
