"""What Kafka's kafka-acls.sh does with --add, for the options that deploy/acl uses: its jar is not among the broker's.

Run as a program; an option that it does not know ends it, as it would the original.
"""

import argparse

from confluent_kafka.admin import (  # type: ignore[attr-defined] # it names them, but in no __all__
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

_SECONDS_MAX = 30
_OPERATIONS = {
    "Create": AclOperation.CREATE,
    "Describe": AclOperation.DESCRIBE,
    "DescribeConfigs": AclOperation.DESCRIBE_CONFIGS,
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
}
_PATTERNS = {"literal": ResourcePatternType.LITERAL, "prefixed": ResourcePatternType.PREFIXED}


def main() -> None:
    """Adds what the command line says."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--bootstrap-server", required=True)
    parser.add_argument("--add", action="store_true", required=True)
    parser.add_argument("--allow-principal", required=True)
    parser.add_argument("--operation", action="append", required=True, choices=_OPERATIONS)
    parser.add_argument("--resource-pattern-type", default="literal", choices=_PATTERNS)
    parser.add_argument("--topic", action="append", default=[])
    parser.add_argument("--group", action="append", default=[])
    given = parser.parse_args()
    named = [(ResourceType.TOPIC, name) for name in given.topic] + [(ResourceType.GROUP, name) for name in given.group]
    bindings = [
        AclBinding(
            kind,
            name,
            _PATTERNS[given.resource_pattern_type],
            given.allow_principal,
            "*",
            _OPERATIONS[operation],
            AclPermissionType.ALLOW,
        )
        for kind, name in named
        for operation in given.operation
    ]
    # Named, for it is gone with its last name, and with it what it was asked.
    client = AdminClient({"bootstrap.servers": given.bootstrap_server})
    for done in client.create_acls(bindings).values():
        done.result(_SECONDS_MAX)


if __name__ == "__main__":
    main()
