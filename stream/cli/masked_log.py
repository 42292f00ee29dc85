"""The worker's log: phone and ID-card numbers are asterisks wherever they stand, in tracebacks too (第十九条（二）)."""

import logging
import sys

from stream.shell.codec.personal import masked_text


class _Masking(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """The line, masked."""
        return masked_text(super().format(record))


def log_to_stderr(level: str) -> None:
    """Writes all logs of this process to stderr, from this level on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Masking("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
