"""`duewatch` as an older release would be: one that does not know 5G messages yet, and refuses them."""

import sys

from stream.cli.main import main
from stream.core.contact import Contact
from stream.shell.codec.decode import Decoder, Record
from stream.shell.codec.refusal import bad

_decode = Decoder.decode


def _older(decoder: Decoder, value: bytes | None) -> Record:
    record = _decode(decoder, value)
    if is_unknown(record):
        raise bad("$.medium", "is not one of the allowed words")
    return record


def is_unknown(record: Record) -> bool:
    """Whether the older release refuses the record."""
    return isinstance(record.item, Contact) and record.item.medium == "rcs"


if __name__ == "__main__":
    Decoder.decode = _older  # type: ignore[method-assign, assignment] # a release is what its code does
    sys.exit(main())
