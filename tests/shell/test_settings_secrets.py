"""Passwords and how to get in: from the environment or from files, never shown, never half set."""

import dataclasses
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from stream.cli.main import main
from stream.shell.settings.secret import Secret
from stream.shell.settings.settings import SettingsError, read

PASSWORD = "hunter2"  # noqa: S105 - nobody's
SASL = {
    "DUEWATCH_KAFKA_SECURITY": "sasl_plaintext",
    "DUEWATCH_KAFKA_SASL": "scram-sha-512",
    "DUEWATCH_KAFKA_USER": "worker",
    "DUEWATCH_KAFKA_PASSWORD": PASSWORD,
}

Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a text into a file and gives its path."""

    def written(text: str) -> str:
        path = tmp_path / "secret"
        path.write_bytes(text.encode())
        return str(path)

    return written


def mistakes(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refusal:
        read(environ)
    return refusal.value.mistakes


def without(name: str, **more: str) -> dict[str, str]:
    return {key: value for key, value in SASL.items() if key != name} | more


def test_kafka_options() -> None:
    """Kafka's clients are told the protocol, the mechanism, the user and the password, as they name them."""
    assert read(SASL).kafka_access.options() == {
        "bootstrap_servers": ["127.0.0.1:9092"],
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "worker",
        "sasl_plain_password": PASSWORD,
    }
    assert read({}).kafka_access.options()["security_protocol"] == "PLAINTEXT"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize("name", ["DUEWATCH_KAFKA_PASSWORD", "DUEWATCH_REDIS_PASSWORD", "DUEWATCH_REDIS"])
def test_from_a_file(name: str, end: str, write: Write) -> None:
    """Every secret may stand in a file, with or without a line's end; the URL of Redis may, too."""
    text = f"redis://me:{PASSWORD}@redis.local:6380/1" if name == "DUEWATCH_REDIS" else PASSWORD
    environ = without(name) if "KAFKA" in name else {}
    assert read({**environ, f"{name}_FILE": write(text + end)}) == read({**environ, name: text})


def test_spaces_of_a_password_stay(write: Write) -> None:
    """Only one line's end is taken off a file: a password may end with a blank, or be two lines."""
    odd = " a b \n"
    assert read({"DUEWATCH_REDIS_PASSWORD_FILE": write(odd + "\n")}).redis.password == odd


def test_file_and_variable(write: Write) -> None:
    """A secret that is set twice is a mistake: nobody can tell which of the two is meant."""
    (line,) = mistakes({"DUEWATCH_REDIS_PASSWORD": "x", "DUEWATCH_REDIS_PASSWORD_FILE": write(PASSWORD)})
    assert line.startswith("DUEWATCH_REDIS_PASSWORD_FILE: DUEWATCH_REDIS_PASSWORD is set, too; set one of the two")


@pytest.mark.parametrize(
    ("content", "reason"), [("", "empty"), ("\n", "empty"), ("x" * 70_000, "more than 65536 bytes"), (None, "No such")]
)
def test_unfit_file(content: str | None, reason: str, write: Write) -> None:
    """A file that is missing, empty or no password is a mistake under the name of the variable that names it."""
    path = "/nowhere/secret" if content is None else write(content)
    (line,) = mistakes({"DUEWATCH_REDIS_PASSWORD_FILE": path})
    assert line.startswith("DUEWATCH_REDIS_PASSWORD_FILE: ")
    assert reason in line


def test_a_bad_url_in_a_file_is_not_shown(write: Write) -> None:
    """What stands in a secret's file is not repeated."""
    (line,) = mistakes({"DUEWATCH_REDIS_FILE": write(f"http://me:{PASSWORD}@redis.local")})
    assert line.startswith("DUEWATCH_REDIS_FILE: ")
    assert PASSWORD not in line


def test_no_file_for_what_is_no_secret() -> None:
    """Only secrets have a variable that ends in _FILE."""
    assert "there is no such setting" in mistakes({"DUEWATCH_PREFIX_FILE": "x"})[0]


@pytest.mark.parametrize(
    ("environ", "begins"),
    [
        (without("DUEWATCH_KAFKA_SASL"), "DUEWATCH_KAFKA_SASL: DUEWATCH_KAFKA_SECURITY=sasl_plaintext needs"),
        (without("DUEWATCH_KAFKA_USER"), "DUEWATCH_KAFKA_USER: DUEWATCH_KAFKA_SECURITY=sasl_plaintext needs it"),
        (without("DUEWATCH_KAFKA_PASSWORD"), "DUEWATCH_KAFKA_PASSWORD: DUEWATCH_KAFKA_SECURITY=sasl_plaintext needs"),
        ({"DUEWATCH_KAFKA_SASL": "plain"}, "DUEWATCH_KAFKA_SASL: plain needs DUEWATCH_KAFKA_SECURITY=sasl_ssl"),
        ({"DUEWATCH_KAFKA_USER": "me"}, "DUEWATCH_KAFKA_USER: would not be used"),
        ({"DUEWATCH_KAFKA_PASSWORD": PASSWORD}, "DUEWATCH_KAFKA_PASSWORD: would not be used"),
        ({"DUEWATCH_KAFKA_CA_FILE": __file__}, "DUEWATCH_KAFKA_CA_FILE: would not be used"),
        ({**SASL, "DUEWATCH_KAFKA_CA_FILE": __file__}, "DUEWATCH_KAFKA_CA_FILE: would not be used"),
        ({"DUEWATCH_REDIS_CA_FILE": __file__}, "DUEWATCH_REDIS_CA_FILE: would not be used"),
        ({"DUEWATCH_KAFKA_CA_FILE": "/nowhere"}, "DUEWATCH_KAFKA_CA_FILE: the file cannot be read: No such file"),
        ({"DUEWATCH_KAFKA_SECURITY": "tls"}, "DUEWATCH_KAFKA_SECURITY: no such word"),
        ({"DUEWATCH_REDIS_USER": "me"}, "DUEWATCH_REDIS_USER: needs DUEWATCH_REDIS_PASSWORD"),
        (
            {"DUEWATCH_REDIS": "redis://me:x@a", "DUEWATCH_REDIS_PASSWORD": PASSWORD},
            "DUEWATCH_REDIS_PASSWORD: DUEWATCH_REDIS has a password, too",
        ),
        (
            {"DUEWATCH_REDIS": "redis://a/0?password=x", "DUEWATCH_REDIS_PASSWORD": PASSWORD},
            "DUEWATCH_REDIS_PASSWORD: DUEWATCH_REDIS has a password, too",
        ),
        (
            {"DUEWATCH_REDIS": "redis://me@a", "DUEWATCH_REDIS_USER": "you", "DUEWATCH_REDIS_PASSWORD": PASSWORD},
            "DUEWATCH_REDIS_USER: DUEWATCH_REDIS has a user, too",
        ),
        (
            {"DUEWATCH_KAFKA_SECURITY": "ssl", "DUEWATCH_KAFKA_KEY_FILE": __file__},
            "DUEWATCH_KAFKA_KEY_FILE: needs DUEWATCH_KAFKA_CERTIFICATE_FILE beside it",
        ),
        (
            {"DUEWATCH_KAFKA_SECURITY": "ssl", "DUEWATCH_KAFKA_CA_FILE": __file__},
            "DUEWATCH_KAFKA_CA_FILE, _CERTIFICATE_FILE, _KEY_FILE: the authorities' file holds no certificate",
        ),
        (
            {"DUEWATCH_REDIS": "rediss://a", "DUEWATCH_REDIS_CA_FILE": __file__},
            "DUEWATCH_REDIS_CA_FILE, _CERTIFICATE_FILE, _KEY_FILE: the authorities' file holds no certificate",
        ),
    ],
)
def test_contradictions(environ: dict[str, str], begins: str) -> None:
    """What does not go together, or would not be used, is one mistake that names the setting and shows no secret."""
    (line,) = mistakes(environ)
    assert line.startswith(begins)
    assert PASSWORD not in line


def test_redis_user_beside_the_url() -> None:
    """User and password of Redis may stand beside a URL that has none, or the password beside its user."""
    beside = {"DUEWATCH_REDIS": "redis://a/2", "DUEWATCH_REDIS_USER": "me", "DUEWATCH_REDIS_PASSWORD": PASSWORD}
    redis = read(beside).redis
    assert (redis.username, redis.password, redis.database) == ("me", PASSWORD, 2)
    redis = read({"DUEWATCH_REDIS": "redis://me@a", "DUEWATCH_REDIS_PASSWORD": PASSWORD}).redis
    assert (redis.username, redis.password) == ("me", PASSWORD)


def test_no_form_of_the_settings_shows_a_password() -> None:
    """Passwords are asterisks wherever settings are printed, and survive being copied and pickled."""
    made = read({**SASL, "DUEWATCH_REDIS_PASSWORD": PASSWORD})
    access = made.kafka_access
    for shown in (repr(made), str(made), repr(access), f"{access}", repr(dataclasses.asdict(access)), str(Secret("x"))):
        assert PASSWORD not in shown
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301


def test_help_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--help` lists the settings with their defaults and says which may stand in a file, not what is set."""
    for name, value in SASL.items():
        monkeypatch.setenv(name, value)
    shown = CliRunner().invoke(main, ["worker", "--help"], terminal_width=200).output
    assert "DUEWATCH_KAFKA_PASSWORD_FILE names a file" in " ".join(shown.split())
    assert PASSWORD not in shown
