"""Running `duewatch` as its users do, and what it has written."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from click.testing import CliRunner

from stream.cli.main import main

_SECONDS_MAX = 60


class Said(NamedTuple):
    """What a command wrote into its pipes."""

    stdout: str
    stderr: str


def duewatch(
    *arguments: str | Path, given: bytes = b"", expect: int = 0, settings: Mapping[str, str] | None = None
) -> Said:
    """Runs one command in this process; it ends with the code expected, and with no error but those it tells."""
    done = CliRunner().invoke(main, [str(each) for each in arguments], input=given, env=settings, prog_name="duewatch")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return _checked(done.exit_code, Said(done.stdout, done.stderr), expect)


def duewatch_process(
    *arguments: str | Path, given: bytes = b"", expect: int = 0, settings: Mapping[str, str] | None = None
) -> Said:
    """Runs one command as a process of its own, in pipes; it ends with the code expected, and without a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "stream", *map(str, arguments)],
        env={**os.environ, **(settings or {})},
        input=given,
        capture_output=True,
        timeout=_SECONDS_MAX,
        check=False,
    )
    said = Said(done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
    assert "Traceback" not in said.stderr, said.stderr
    return _checked(done.returncode, said, expect)


def _checked(code: int, said: Said, expected: int) -> Said:
    assert code == expected, f"{code}: {said}"
    assert "\x1b" not in said.stdout + said.stderr, "escape codes in a pipe"
    return said


def rows(file: Path) -> list[dict[str, Any]]:
    """The objects in an NDJSON file."""
    return [orjson.loads(line) for line in file.read_bytes().splitlines()]
