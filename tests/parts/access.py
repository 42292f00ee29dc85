"""What stands in deploy/acl, applied to a test's own Kafka and Redis."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import redis

FOLDER = Path(__file__).parents[2] / "deploy" / "acl"
_ACLS = f'#!/bin/sh\nexec "{sys.executable}" -m tests.parts.kafka_acls "$@"\n'


def grant_on_kafka(bootstrap: str, prefix: str, **more: str) -> None:
    """Runs kafka.sh, with the group named like the prefix; `more` are further variables that it takes."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "kafka-acls.sh"
        program.write_text(_ACLS)
        program.chmod(0o755)
        env = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "BOOTSTRAP": bootstrap}
        env |= {"PREFIX": prefix, "GROUP": prefix, **more}
        subprocess.run(["/bin/sh", str(FOLDER / "kafka.sh")], env=env, check=True, timeout=120)


def grant_on_redis(url: str, namespace: str, password: str) -> str:
    """Makes the user of redis.acl, for the keys of a namespace; returns the user's name."""
    word, user, *rules = (FOLDER / "redis.acl").read_text().split()
    assert word == "user"
    place = {">CHANGE-ME": f">{password}", "~duewatch:1:*": f"~{namespace}:1:*"}
    assert place.keys() <= set(rules)
    with redis.Redis.from_url(url) as raw:
        raw.execute_command("ACL", "SETUSER", user, *(place.get(rule, rule) for rule in rules))
    return user
