import logging
from typing import Final

# Where what Faust has to say goes, also from classes of this package.
FAUST_LOG: Final = logging.getLogger("faust")

# While no broker answers, each of these repeats itself many times a second.
_REPETITIVE: Final = ("aiokafka", "aiokafka.conn", "aiokafka.consumer.fetcher", "aiokafka.consumer.group_coordinator")
_PAUSE_SECONDS: Final = 10.0
_LISTS_TOPICS: Final = "Metadata for topic has changed"


class Seldom(logging.Filter):
    """Lets a warning or error through, and the same again, whatever its arguments, only after a pause.

    A list of topics does not pass: where institutions have their own, no line says of two (第十九条（五）).
    """

    def __init__(self, pause_seconds: float) -> None:
        super().__init__()
        self._pause_seconds = pause_seconds
        self._said_at: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is to be seen."""
        if record.levelno < logging.WARNING:
            return not str(record.msg).startswith(_LISTS_TOPICS)
        said = str(record.msg), record.levelno
        if record.created - self._said_at.get(said, -self._pause_seconds) < self._pause_seconds:
            return False
        self._said_at[said] = record.created
        return True


_SELDOM: Final = Seldom(_PAUSE_SECONDS)


def quiet_libraries() -> None:
    """Keep Faust to its warnings, and aiokafka from repeating its own."""
    # Faust and mode tell of every service's start and stop, and draw tables.
    for logger in (FAUST_LOG, logging.getLogger("mode")):
        logger.setLevel(logging.WARNING)
    for name in _REPETITIVE:
        logging.getLogger(name).addFilter(_SELDOM)
    logging.getLogger("aiokafka.consumer.subscription_state").setLevel(logging.WARNING)
    # At its lowest level aiokafka writes requests and answers out, passwords and records with them.
    logging.getLogger("aiokafka").setLevel(max(logging.INFO, logging.getLogger().level))
