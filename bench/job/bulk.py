"""Calls by the million: the same events as `dial` makes, some times faster, for whom a ledger's size matters only."""

from datetime import UTC, datetime
from functools import lru_cache
from random import Random

from bench.job.dial import AGENCIES, INSTITUTION, OPERATORS_EACH, TOOLS_EACH
from bench.job.job import SHANGHAI

_SPREAD = 0x9E3779B97F4A7C15F39CC0605CEDC835  # odd, so that no two numbers below 2¹²⁸ give the same
_MASK = 2**128 - 1
_EFFECTIVE_SHARE = 0.35
_RING_MS, _TALK_MS = 8_000, 45_000
_OFFSET_MS = 8 * 3_600_000
_DAY_MS = 86_400_000

_ANSWERED = (
    '"%s","ended_at":"%s","talk_seconds":45.0,"answered_by":"human","intent":"yes","operator":"agency-%02d-operator-%03d",'
    '"tool":"agency-%02d-line-%02d","recording":"recordings/%s","recording_announced":true,"identity_disclosed":true,'
    '"identity_verified":true,"labels":[]}'
)
_NOT_ANSWERED = (
    'null,"ended_at":"%s","talk_seconds":null,"answered_by":"unknown","intent":"unknown",'
    '"operator":"agency-%02d-operator-%03d","tool":"agency-%02d-line-%02d","recording":null,"recording_announced":null,'
    '"identity_disclosed":null,"identity_verified":null,"labels":[]}'
)
_BEGIN = (
    '{"type":"dial","contact_id":"%s","revision":0,"institution":"'
    + INSTITUTION
    + '","agency":"agency-%02d","debtor":"%s",'
    '"role":"debtor","debts":["%s"],"product":"consumer-loan","purpose":"collection","mode":"interactive",'
    '"direction":"outbound","medium":"voice","started_at":"%s","answered_at":'
)


def reference(number: int) -> str:
    """The reference of the debtor of that number: a UUID, always the same one."""
    return _uuid(number * _SPREAD & _MASK)


def key_of(number: int) -> str:
    """The key of his records."""
    return f"{INSTITUTION}|{reference(number)}"


def call(rng: Random, number: int, begun_ms: int, *, effective: bool | None = None) -> bytes:
    """A call to the debtor of that number, begun then (milliseconds since 1970); a third are effective unless told."""
    if effective is None:
        effective = rng.random() < _EFFECTIVE_SHARE
    agency, drawn = number % AGENCIES, rng.getrandbits(32)
    operator, line = drawn % OPERATORS_EACH, drawn % TOOLS_EACH
    debtor, loan = reference(number), _uuid(number * _SPREAD & _MASK ^ _MASK)
    began = _BEGIN % (_uuid(rng.getrandbits(128)), agency, debtor, loan, written(begun_ms))
    rung = begun_ms + _RING_MS
    if effective:
        ended = written(rung + _TALK_MS)
        who = (agency, operator, agency, line)
        return (began + _ANSWERED % (written(rung), ended, *who, _uuid(rng.getrandbits(128)))).encode()
    return (began + _NOT_ANSWERED % (written(rung), agency, operator, agency, line)).encode()


def reported(begun_ms: int) -> datetime:
    """When a call that began then is reported, at the latest."""
    return datetime.fromtimestamp((begun_ms + _RING_MS + _TALK_MS + 2_000) / 1000, UTC)


def milliseconds(moment: datetime) -> int:
    """A moment as milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def written(instant_ms: int) -> str:
    """The instant in Shanghai's time, which has been eight hours ahead of UTC since 1991."""
    day, rest = divmod(instant_ms + _OFFSET_MS, _DAY_MS)
    seconds, thousandths = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    return f"{_date(day)}T{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}.{thousandths:03d}+08:00"


@lru_cache(maxsize=64)
def _date(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400 - 8 * 3_600, SHANGHAI).date().isoformat()


def _uuid(number: int) -> str:
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
