"""The first pass: a block of lines becomes items in buckets, registry entries and refusals."""

from dataclasses import dataclass, field

from stream.core.contact import Contact
from stream.core.registry import Entry
from stream.shell.codec.decode import Decoder, Record
from stream.shell.codec.refusal import Refusal
from stream.shell.replay.letters import Refused, refused
from stream.shell.replay.originals import packed
from stream.shell.replay.sources import Block
from stream.shell.replay.spool import Chunk, Item, bucket_of


@dataclass
class Reading:
    """What is in a block: items by bucket, in order of reading, and the latest of their times; registry entries with
    the numbers of their lines; what is refused; and the block itself, packed, with its place.
    """

    first: int
    file: str
    line: int
    packed: bytes
    items: dict[int, Chunk] = field(default_factory=dict)
    items_count: int = 0
    latest: dict[int, int] = field(default_factory=dict)
    entries: list[tuple[int, Entry]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def reading_of(block: Block, decoder: Decoder, buckets: int) -> Reading:
    """Reads a block by itself."""
    reading = Reading(block.first, block.file, block.line, packed(block))
    items: dict[int, list[Item]] = {}
    for number, raw in enumerate(block.lines(), start=block.first):
        try:
            record = decoder.decode(raw) if raw else None
        except Refusal as refusal:
            reading.refused.append(refused(number, refusal))
            continue
        if record is None:
            continue
        if isinstance(record.item, Entry):
            reading.entries.append((number, record.item))
        else:
            items.setdefault(bucket_of(record.debtor, buckets), []).append(_item(number, record))
    reading.items.update(items)
    reading.items_count = sum(map(len, items.values()))
    reading.latest = {bucket: max(item.latest for item in chunk) for bucket, chunk in items.items()}
    return reading


def _item(number: int, record: Record) -> Item:
    if isinstance(record.item, Contact):
        return Item(number, record.institution, record.debtor, record.item, None)
    assert not isinstance(record.item, Entry)  # noqa: S101 - the caller has seen to that
    return Item(number, record.institution, record.debtor, None, record.item)
