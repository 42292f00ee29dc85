"""The environment becomes settings, or all of its mistakes at once."""

import dataclasses
import pickle

import pytest

from stream.shell.settings import settings
from stream.shell.settings.address import Address
from stream.shell.settings.setting import Setting
from stream.shell.settings.settings import Settings, SettingsError, read
from stream.shell.settings.table import TABLE

CONTRACT = {
    "DUEWATCH_KAFKA": "127.0.0.1:9092",
    "DUEWATCH_REDIS": "redis://127.0.0.1:6379/0",
    "DUEWATCH_POLICY": "nifa-2024",
    "DUEWATCH_PREFIX": "duewatch",
    "DUEWATCH_GROUP": "duewatch",
    "DUEWATCH_WORKER": "host name",
    "DUEWATCH_WEB": "127.0.0.1:6066",
    "DUEWATCH_PARTITIONS": "12",
    "DUEWATCH_REPLICATION": "3",
    "DUEWATCH_HORIZON_DAYS": "8",
    "DUEWATCH_REFERENCE_CHECK": "on",
    "DUEWATCH_CLOCK_SHIFT_SECONDS": "0",
}


def mistakes(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refusal:
        read(environ)
    return refusal.value.mistakes


def test_defaults_of_the_contract() -> None:
    """The names that the contract fixes exist and have its defaults."""
    shown = {name: default for name, default, _ in settings.describe()}
    assert {name: shown[name] for name in CONTRACT} == CONTRACT


def test_empty_environment() -> None:
    """Nothing has to be set; variables of other programs are none of ours."""
    read_settings = read({"PATH": "/bin", "NOT_DUEWATCH_KAFKA": "x"})
    assert read_settings.kafka == ("127.0.0.1:9092",)
    assert read_settings.web == Address("127.0.0.1", 6066)
    assert (read_settings.partitions, read_settings.replication, read_settings.horizon_days) == (12, 3, 8)
    assert read_settings.reference_check is True
    assert read_settings.worker


def test_table_and_fields_agree() -> None:
    """Each row of the table fills one field of `Settings`, and each field has a row."""
    assert [setting.field for setting in TABLE] == [field.name for field in dataclasses.fields(Settings)]


@pytest.mark.parametrize("setting", [each for each in TABLE if each.default], ids=lambda setting: setting.name)
def test_default_written_out(setting: Setting) -> None:
    """Writing a default into the environment changes nothing."""
    assert read({setting.name: setting.default_text() or ""}) == read({})


def test_settings_are_frozen() -> None:
    """Settings do not change after they were read."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        read({}).partitions = 1  # type: ignore[misc]


def test_all_mistakes_together() -> None:
    """Every mistake is reported in one error, each with its variable, what was given and what is allowed."""
    found = mistakes({"DUEWATCH_PARTITIONS": "none", "DUEWATCH_LOG": "loud", "DUEWATCH_WEB": "6066", "DUEWATCH_X": "1"})
    assert [line.partition(":")[0] for line in found] == [
        "DUEWATCH_X",
        "DUEWATCH_WEB",
        "DUEWATCH_PARTITIONS",
        "DUEWATCH_LOG",
    ]
    assert "'none'" in found[2]
    assert "a whole number from 1 to 10000" in found[2]
    assert "debug or info or warning or error" in found[3]


def test_error_text_lists_the_mistakes() -> None:
    """The text of the error is what an operator reads: all lines, indented under a head."""
    with pytest.raises(SettingsError, match=r"2 mistakes:\n  DUEWATCH_HORIZON_DAYS: .*\n  DUEWATCH_LOG: "):
        read({"DUEWATCH_HORIZON_DAYS": "0", "DUEWATCH_LOG": "x"})


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("DUEWATCH_KAFKAS", "is DUEWATCH_KAFKA meant?"),
        ("DUEWATCH_PARTITION", "is DUEWATCH_PARTITIONS meant?"),
        ("DUEWATCH_HORIZONDAYS", "is DUEWATCH_HORIZON_DAYS meant?"),
        ("DUEWATCH_QQQQQQQQ", "lists all settings"),
    ],
)
def test_unknown_name(name: str, hint: str) -> None:
    """An unknown DUEWATCH_ name is refused with the nearest known one, and its value is not shown."""
    (line,) = mistakes({name: "its-value"})
    assert line.startswith(f"{name}: ")
    assert hint in line
    assert "its-value" not in line


@pytest.mark.parametrize("name", ["DUEWATCH_PORT", "DUEWATCH_SERVICE_HOST", "DUEWATCH_WORKER_PORT_6066_TCP_ADDR"])
def test_service_links_of_kubernetes(name: str) -> None:
    """Names that Kubernetes puts into a pod because of a Service are refused with the way to keep them out."""
    (line,) = mistakes({name: "tcp://127.0.0.1:6066"})
    assert "enableServiceLinks: false" in line


@pytest.mark.parametrize("setting", TABLE, ids=lambda setting: setting.name)
def test_empty_value(setting: Setting) -> None:
    """An empty value is a mistake, not the default: nobody can tell which of the two was meant."""
    assert "leave it out for the default" in mistakes({setting.name: ""})[0]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a:1", ("a:1",)),
        ("kafka-0.kafka.svc:9092, kafka_1:9093", ("kafka-0.kafka.svc:9092", "kafka_1:9093")),
        ("[::1]:9092", ("[::1]:9092",)),
    ],
)
def test_kafka_addresses(given: str, expected: tuple[str, ...]) -> None:
    """Bootstrap servers are host:port, comma-separated; IPv6 stands in brackets."""
    assert read({"DUEWATCH_KAFKA": given}).kafka == expected


@pytest.mark.parametrize(
    "given", ["a", "a:", "a:0", "a:65536", "a:1,", ",", "kafka://a:1", "::1:9092", "[::1]", "[x]:1", "a:1:2", "a b:1"]
)
def test_kafka_addresses_refused(given: str) -> None:
    """An address without a port, with a scheme, or with a hole in the list is refused."""
    assert mistakes({"DUEWATCH_KAFKA": given})[0].startswith("DUEWATCH_KAFKA: ")


def test_password_in_the_wrong_variable() -> None:
    """A value with an @ is not repeated, whatever the variable: it may be a URL with a password."""
    assert "hunter2" not in mistakes({"DUEWATCH_KAFKA": "kafka://me:hunter2@127.0.0.1:9092"})[0]


@pytest.mark.parametrize(
    ("given", "host", "port"),
    [("0.0.0.0:80", "0.0.0.0", 80), ("[::1]:6066", "::1", 6066), ("localhost:0", "localhost", 0)],  # noqa: S104
)
def test_web_address(given: str, host: str, port: int) -> None:
    """The web address is host:port; port 0 asks for a free one; it is written as it was read."""
    web = read({"DUEWATCH_WEB": given}).web
    assert (web.host, web.port, str(web)) == (host, port, given)


@pytest.mark.parametrize("given", ["127.0.0.1", ":80", "[::1]", "[::1]80", "127.0.0.1:65536", "a:-1", "a:٣"])
def test_web_address_refused(given: str) -> None:
    """An address to listen on without a host or with an impossible port is refused."""
    assert mistakes({"DUEWATCH_WEB": given})[0].startswith("DUEWATCH_WEB: ")


def test_redis_server() -> None:
    """A URL of one server gives its address, database and credentials, percent-decoded."""
    redis = read({"DUEWATCH_REDIS": "rediss://me:p%40ss@redis.local/3?ssl_cert_reqs=required"}).redis
    assert (redis.nodes, redis.database, redis.tls, redis.cluster) == ((Address("redis.local", 6379),), 3, True, False)
    assert (redis.username, redis.password) == ("me", "p@ss")
    assert redis.url == "rediss://me:p%40ss@redis.local/3?ssl_cert_reqs=required"


def test_redis_cluster() -> None:
    """A Cluster's URL names several nodes; the credentials before the first are for all."""
    redis = read({"DUEWATCH_REDIS": "redis+cluster://:pw@a:7000,[::1]:7001,b"}).redis
    assert redis.nodes == (Address("a", 7000), Address("::1", 7001), Address("b", 6379))
    assert (redis.cluster, redis.tls, redis.username, redis.password) == (True, False, None, "pw")
    encrypted = read({"DUEWATCH_REDIS": "rediss+cluster://a:7000,b:7000"}).redis
    assert (encrypted.cluster, encrypted.tls) == (True, True)


def test_redis_sentinel() -> None:
    """Sentinels' URL names them and the master they watch; the database and a query come last, and may be left out."""
    redis = read({"DUEWATCH_REDIS": "redis+sentinel://:pw@a:1,b/my-master/3?client_name=x"}).redis
    assert redis.nodes == (Address("a", 1), Address("b", 26379))
    assert (redis.sentinel, redis.cluster, redis.master, redis.database) == (True, False, "my-master", 3)
    assert str(redis) == "redis+sentinel://***@a:1,b:26379/my-master/3"
    assert read({"DUEWATCH_REDIS": "redis+sentinel://a/m"}).redis.database == 0


@pytest.mark.parametrize(
    "given",
    [
        "127.0.0.1:6379",
        "http://127.0.0.1",
        "redis://",
        "redis:///0",
        "redis://a:x/0",
        "redis://a/zero",
        "redis://a,b/0",
        "redis+cluster://a:1,/",
        "redis+cluster://a:1/3",
        "redis+cluster://a:1?client_name=x",
        "redis+sentinel://a:1",
        "redis+sentinel://a:1/",
        "redis+sentinel://a:1/m/x",
        "redis+sentinel://a:1/m/3/4",
        "redis://:pa/ss@a:1/0",
        "redis://:pa#ss@a:1/0",
    ],
)
def test_redis_refused(given: str) -> None:
    """A URL that cannot be meant is refused with the forms that are allowed."""
    (line,) = mistakes({"DUEWATCH_REDIS": given})
    assert line.startswith("DUEWATCH_REDIS: ")
    assert "redis+cluster://host:port,host:port" in line


@pytest.mark.parametrize(
    "url",
    [
        "redis://hunter2@127.0.0.1",
        "redis://me:hunter2@127.0.0.1:6379/0",
        "redis://127.0.0.1:6379/0?password=hunter2",
        "redis+cluster://:hunter2@127.0.0.1:7000,127.0.0.1:7001",
        "redis+sentinel://:hunter2@127.0.0.1:7000/m?sentinel_password=hunter2",
    ],
)
def test_password_is_never_shown(url: str) -> None:
    """No form of the settings meant for people shows the Redis password, and what can be pickled keeps it."""
    made = read({"DUEWATCH_REDIS": url})
    for shown in (repr(made), str(made), repr(made.redis), f"{made.redis}", made.redis.redacted()):
        assert "hunter2" not in shown
        assert "127.0.0.1" in shown
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301


@pytest.mark.parametrize("url", ["redis://:hunter2/x@127.0.0.1:1", "redis://me:hunter2@:1", "hunter2"])
def test_password_is_not_in_an_error(url: str) -> None:
    """The error about a bad Redis URL shows no part of it, and neither do the errors that it came from."""
    with pytest.raises(SettingsError) as refusal:
        read({"DUEWATCH_REDIS": url})
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__context__ is None


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("DUEWATCH_PREFIX", "due.watch"),
        ("DUEWATCH_PREFIX", "due_watch"),
        ("DUEWATCH_PREFIX", "-a"),
        ("DUEWATCH_PREFIX", "a" * 201),
        ("DUEWATCH_GROUP", "a{b}"),
        ("DUEWATCH_GROUP", "a:b"),
        ("DUEWATCH_WORKER", "a b"),
        ("DUEWATCH_WORKER", "a\n"),
        ("DUEWATCH_PARTITIONS", "0"),
        ("DUEWATCH_PARTITIONS", "1.5"),
        ("DUEWATCH_PARTITIONS", "1_0"),
        ("DUEWATCH_REPLICATION", "-1"),
        ("DUEWATCH_HORIZON_DAYS", "366"),
        ("DUEWATCH_REFERENCE_CHECK", "true"),
        ("DUEWATCH_CLOCK_SHIFT_SECONDS", "nan"),
        ("DUEWATCH_CLOCK_SHIFT_SECONDS", "1h"),
        ("DUEWATCH_DEAD_LETTERS_RUN_MAX", "-1"),
        ("DUEWATCH_DEAD_LETTERS_RATIO_MAX", "0"),
        ("DUEWATCH_DEAD_LETTERS_RATIO_MAX", "1.1"),
        ("DUEWATCH_DEAD_LETTERS_RATIO_MAX", "50%"),
        ("DUEWATCH_DEAD_LETTERS_RATIO_MAX", "1e-3"),
        ("DUEWATCH_DEAD_LETTERS_WINDOW", "9"),
        ("DUEWATCH_LOG", "INFO"),
        ("DUEWATCH_RETRIES_MAX", "0"),
        ("DUEWATCH_GROUP_HEARTBEAT_SECONDS", "6"),
        ("DUEWATCH_SESSION_TIMEOUT_SECONDS", "11"),
        ("DUEWATCH_REBALANCE_TIMEOUT_SECONDS", "11"),
    ],
)
def test_refused(name: str, given: str) -> None:
    """A value outside of what a setting allows is one mistake, which begins with the setting's name."""
    (line,) = mistakes({name: given})
    assert line.startswith(f"{name}: ")


def test_values_are_typed() -> None:
    """Values come as what they are: numbers, switches, shares, fractions of seconds."""
    made = read(
        {"DUEWATCH_REFERENCE_CHECK": "off", "DUEWATCH_CLOCK_SHIFT_SECONDS": "-86400.5", "DUEWATCH_GROUP": "g.1_a"}
    )
    assert (made.reference_check, made.clock_shift_seconds, made.group) == (False, -86400.5, "g.1_a")
    assert read({"DUEWATCH_DEAD_LETTERS_RATIO_MAX": "0.25"}).dead_letters_ratio_max == 0.25


def test_description() -> None:
    """Every setting is described with its default and what is allowed, for `--help`."""
    described = settings.describe()
    assert len(described) == len(TABLE)
    assert ("DUEWATCH_LOG", "info", "least level that is logged (debug or info or warning or error)") in described
