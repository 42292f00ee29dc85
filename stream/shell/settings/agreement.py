"""Settings that do not go together."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qs

from stream.shell.settings.kafka_access import NO_SASL
from stream.shell.settings.redis_address import RedisAddress
from stream.shell.settings.setting import PREFIX
from stream.shell.settings.tls import Tls, tls_mistakes

_TLS_FILES: Final = ("ca_file", "certificate_file", "key_file")


def disagreements(values: Mapping[str, Any]) -> Iterator[str]:
    """Say in words which values contradict each other; those of which one could not be read are passed over."""
    yield from _times(values)
    if "kafka_security" in values and "kafka_sasl" in values:
        yield from _kafka_user(values)
        yield from _tls(values, "kafka", "KAFKA_SECURITY=ssl or sasl_ssl", on=values["kafka_security"].endswith("ssl"))
    if "redis" in values:
        yield from _redis_user(values)
        yield from _tls(values, "redis", "REDIS=rediss://…", on=values["redis"].tls)


def completed(values: Mapping[str, Any]) -> RedisAddress:
    """Give the address of Redis with the user, password and files that have settings of their own."""
    address: RedisAddress = values["redis"]
    password = values["redis_password"]
    return replace(
        address,
        username=address.username or values["redis_user"],
        password=address.password or (password.text if password else None),
        tls_files=tls_of(values, "redis"),
    )


def tls_of(values: Mapping[str, Any], client: str) -> Tls:
    """Give the files of one client's connection."""
    return Tls(**{name: values.get(f"{client}_{name}") for name in _TLS_FILES})


def _times(values: Mapping[str, Any]) -> Iterator[str]:
    rules = (
        # The broker throws out a member whose heartbeats come no faster than its session ends.
        ("group_heartbeat_seconds", "session_timeout_seconds", False),
        # A join is one request that is answered when the rebalance ends; Faust also refuses a longer session.
        ("session_timeout_seconds", "request_timeout_seconds", True),
        ("rebalance_timeout_seconds", "request_timeout_seconds", True),
    )
    for smaller, larger, may_be_equal in rules:
        low, high = values.get(smaller), values.get(larger)
        if low is None or high is None or low < high or (may_be_equal and low == high):
            continue
        word = "at most" if may_be_equal else "less than"
        yield f"{PREFIX}{smaller.upper()}: {low} must be {word} {PREFIX}{larger.upper()}, which is {high}"


def _kafka_user(values: Mapping[str, Any]) -> Iterator[str]:
    security, sasl = values["kafka_security"], values["kafka_sasl"]
    if security.startswith("sasl"):
        if sasl == NO_SASL:
            yield f"{PREFIX}KAFKA_SASL: {PREFIX}KAFKA_SECURITY={security} needs plain, scram-sha-256 or scram-sha-512"
        for name in ("kafka_user", "kafka_password"):
            if name in values and values[name] is None:
                yield f"{PREFIX}{name.upper()}: {PREFIX}KAFKA_SECURITY={security} needs it"
        return
    if sasl != NO_SASL:
        yield f"{PREFIX}KAFKA_SASL: {sasl} needs {PREFIX}KAFKA_SECURITY=sasl_ssl, not {security}"
    for name in ("kafka_user", "kafka_password"):
        if values.get(name) is not None:
            yield f"{PREFIX}{name.upper()}: would not be used, {PREFIX}KAFKA_SECURITY is {security}; sasl_ssl uses it"


def _redis_user(values: Mapping[str, Any]) -> Iterator[str]:
    address: RedisAddress = values["redis"]
    query = parse_qs(address.url.partition("?")[2])
    in_url = {"user": address.username or query.get("username"), "password": address.password or query.get("password")}
    for name, there in in_url.items():
        if there and values.get(f"redis_{name}") is not None:
            yield f"{PREFIX}REDIS_{name.upper()}: {PREFIX}REDIS has a {name}, too; leave one of them out"
    if values.get("redis_user") is not None and not (in_url["password"] or values.get("redis_password")):
        yield f"{PREFIX}REDIS_USER: needs {PREFIX}REDIS_PASSWORD beside it"


def _tls(values: Mapping[str, Any], client: str, switch: str, *, on: bool) -> Iterator[str]:
    if on:
        yield from tls_mistakes(f"{PREFIX}{client.upper()}", tls_of(values, client))
        return
    for name in _TLS_FILES:
        if values.get(f"{client}_{name}") is not None:
            setting = f"{PREFIX}{client.upper()}_{name.upper()}"
            yield f"{setting}: would not be used, connections are TLS with {PREFIX}{switch}"
