import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stream.shell.delivery.fault_point import ACTIONS, STEPS, Fault
from stream.shell.settings.address import Address, parse_address
from stream.shell.settings.redis_address import parse_redis
from stream.shell.settings.secret import Secret


@dataclass(frozen=True, slots=True)
class Form:
    """How one setting is written: its type in a word, what is allowed, and how its text becomes a value.

    `parse` raises ValueError with a reason that repeats nothing of the text. The text of a `secret` one is never shown,
    and may stand in a file instead, which the setting's name and `_FILE` names.
    """

    type: str
    allowed: str
    parse: Callable[[str], object]
    secret: bool = False


def whole(low: int, high: int) -> Form:
    """Take a whole number from low to high, both included."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            raise ValueError("no whole number")
        if not low <= int(text) <= high:
            raise ValueError("out of range")
        return int(text)

    return Form("whole number", f"a whole number from {low} to {high}", parse)


def seconds() -> Form:
    """Take a number of seconds, which may be negative or have a fraction."""

    def parse(text: str) -> float:
        if not re.fullmatch(r"[+-]?[0-9]{1,12}(?:\.[0-9]+)?", text) or not math.isfinite(float(text)):
            raise ValueError("no number of seconds")
        return float(text)

    return Form("seconds", "a number of seconds such as 0, 3600, -86400 or 0.5", parse)


def ratio() -> Form:
    """Take a number above 0, at most 1."""

    def parse(text: str) -> float:
        if not re.fullmatch(r"[0-9](?:\.[0-9]{1,9})?", text):
            raise ValueError("no such number")
        if not 0 < float(text) <= 1:
            raise ValueError("out of range")
        return float(text)

    return Form("ratio", "a number above 0, at most 1, such as 0.5", parse)


def one_of(*words: str) -> Form:
    """Take one word out of a list."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError("no such word")
        return text

    return Form("word", " or ".join(words), parse)


def switch() -> Form:
    """Take `on` or `off`, as a bool."""
    words = one_of("on", "off")
    return Form("switch", words.allowed, lambda text: words.parse(text) == "on")


def name(characters: str, length_max: int) -> Form:
    """Take a name that goes into topics, groups or keys: a letter or digit, then also these further characters."""
    pattern = re.compile(rf"[A-Za-z0-9][A-Za-z0-9{re.escape(characters)}]*")

    def parse(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError("a character that is not allowed")
        if len(text) > length_max:
            raise ValueError("too long")
        return text

    further = " ".join(characters)
    return Form("name", f"letters, digits and {further}, a letter or digit first, at most {length_max} of them", parse)


def text() -> Form:
    """Take any text that is not empty."""
    return Form("text", "any text", str)


def password() -> Form:
    """Take a password, as a `Secret`."""
    return Form("password", "any text", Secret, secret=True)


def file() -> Form:
    """Take the path of a file that can be read."""

    def parse(given: str) -> str:
        try:
            with Path(given).open("rb") as opened:
                opened.read(1)
        except OSError as error:
            raise ValueError(f"the file cannot be read: {error.strerror}") from None
        return given

    return Form("file", "the path of a file", parse)


def addresses() -> Form:
    """Take addresses `host:port`, comma-separated, as `host:port` texts for a Kafka client."""

    def parse(given: str) -> tuple[str, ...]:
        return tuple(str(parse_address(part.strip())) for part in given.split(","))

    return Form("addresses", "host:port, several of them comma-separated; [::1]:9092 for IPv6", parse)


def listener() -> Form:
    """Take one address to listen on; port 0 picks a free one."""

    def parse(given: str) -> Address:
        return parse_address(given, port_min=0)

    return Form("address", "host:port; port 0 picks a free one; [::1]:6066 for IPv6", parse)


def redis() -> Form:
    """Take the URL of Redis, which may hold a password."""
    allowed = (
        "redis://host:port/0, rediss://host:port/0 (TLS), redis+sentinel://sentinel:port,sentinel:port/master-name/0 "
        "or redis+cluster://host:port,host:port"
    )
    return Form("URL", f"{allowed}, each with user:password@ before the host where needed", parse_redis, secret=True)


def fault() -> Form:
    """Take what a worker is to do to itself at a step of its protocol, as a Fault; `none` is None."""
    pattern = re.compile(rf"({'|'.join(ACTIONS)}):({'|'.join(STEPS)}):([1-9][0-9]{{0,8}})")

    def parse(text: str) -> Fault | None:
        if text == "none":
            return None
        if (found := pattern.fullmatch(text)) is None:
            raise ValueError("no fault point")
        return Fault(found[1], found[2], int(found[3]))

    allowed = f"none, or kill or stop, one of {' '.join(STEPS)}, and a number, such as kill:after-save:17"
    return Form("fault point", allowed, parse)
