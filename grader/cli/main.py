"""The command ``grade``: which command is meant, and how faults end.

Commands live in modules of their own, imported when they are asked for, so that ``grade --help`` and
``grade rubric lint`` start at once.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from grader import __version__, crash
from grader.errors import CannotWriteError, UserError, is_full
from grader.rubric.suggest import did_you_mean

COMMANDS = {
    "run": "grader.cli.run",
    "check": "grader.cli.check",
    "rubric": "grader.cli.rubric",
    "data": "grader.cli.data",
    "calibrate": "grader.cli.calibrate",
    "report": "grader.cli.report",
    "export": "grader.cli.export",
    "ci": "grader.cli.ci",
    "gradescope": "grader.cli.gradescope",
    "doctor": "grader.cli.doctor",
}
"""Each command and the module whose ``app`` (a ``typer.Typer``) it is."""

DEFAULT = "run"

INTERNAL_ERROR = 70
"""``EX_SOFTWARE`` of sysexits.h."""
INTERRUPTED = 130
"""128 + SIGINT, as shells count."""


class Commands(TyperGroup):
    """The commands, imported on demand; ``grade SUBMISSIONS...`` without a command means ``grade run``."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(importlib.import_module(COMMANDS[cmd_name]).app)
        command.name = cmd_name
        return command

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in the default command's name where no command is named."""
        own = {option for parameter in self.get_params(ctx) for option in parameter.opts}
        if args and args[0] not in own | COMMANDS.keys():
            _refuse_misspelt_command(args[0])
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args or ["--help"])


def _refuse_misspelt_command(word: str) -> None:
    suggestion = did_you_mean(word, COMMANDS)
    if suggestion and word.isidentifier() and not Path(word).exists():
        raise UserError(f'"{word}" is neither a command nor a file or folder{suggestion}')


app = typer.Typer(
    cls=Commands, add_completion=False, rich_markup_mode="rich", subcommand_metavar="SUBMISSIONS... | COMMAND"
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"grade {__version__}")
        raise typer.Exit


@app.callback()
def grade(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Grade CNN coursework: run Keras notebooks, look at what they built, explain every lost point.

    [bold]grade submissions/ --rubric worksheet5[/bold] grades a class; see [bold]grade run --help[/bold].
    A folder that is named like a command is given as [bold]./rubric[/bold].
    """


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code (docs/exit-codes.md).

    Args:
        arguments: the words after ``grade``; those of the process by default.
    """
    # Read when numpy is imported: small products take three times as long when threads wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        code = typer.main.get_command(app).main(args=arguments, prog_name="grade", standalone_mode=False)
    except UserError as error:
        _complain(str(error))
        return error.exit_code
    except typer.TyperException as error:
        # Without a message the help text has been shown instead.
        if message := " ".join(error.format_message().split()):
            _complain(message)
        return UserError.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has left (``grade rubric show worksheet5 | head``); nobody is to be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if isinstance(error, OSError) and is_full(error):
            _complain(f"{error.filename or 'a disk'}: {error.strerror}; make room and do it again")
            return CannotWriteError.exit_code
        _complain(crash.told(error))
        return INTERNAL_ERROR
    if code == INTERRUPTED:
        _complain("interrupted")
    return code if isinstance(code, int) else 0


def _complain(message: str) -> None:
    first, *others = message.splitlines() or [""]
    print("\n".join([f"grade: error: {first}", *others]), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
