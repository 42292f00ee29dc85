"""The command line. Each command is imported only when it is used: `--help` must not load Faust."""

import importlib
import io
import sys

import click

_COMMANDS = {
    "demo": ("stream.cli.demo", "demo", "Play a sample day through embedded parts and show what happens."),
    "worker": ("stream.cli.worker", "worker", "Run the service."),
    "topics": ("stream.cli.topics", "topics_command", "Create the topics, or say how existing ones differ."),
    "replay": ("stream.cli.replay", "replay", "Judge recorded events offline."),
    "policy": ("stream.cli.policy", "policy", "Check or show a rulebook."),
    "rebuild": ("stream.cli.rebuild", "rebuild", "Have the ledgers made again from Kafka."),
    "explain": ("stream.cli.explain", "explain", "What is blocked for a debtor, why, and until when."),
    "dead-letters": ("stream.cli.dead_letters", "dead_letters", "List, show and send again what could not be read."),
}


class LazyGroup(click.Group):
    """A group whose commands are loaded by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands in the order of the README."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, imported now."""
        if cmd_name not in _COMMANDS:
            return None
        module, name, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Lists the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in _COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="duewatch")
def main() -> None:
    """Watch debt-collection contacts live: whom not to contact any more, why, and until when."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # The law is quoted in Chinese; a terminal or pipe that cannot show it gets question marks, not an error.
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
