"""The program ``likelihood``: its commands, its messages and its exit codes.

====  =================================================================================
code  meaning
====  =================================================================================
0     an estimate was found, on a boundary too
1     an internal error; the traceback is shown with ``--debug`` only
2     wrong usage: an option or its value
3     the input cannot be used, or the output cannot be written
4     no maximum was found; what was reached is printed and marked
5     numbers of others differ beyond tolerance (``crosscheck``)
130   interrupted from the keyboard
141   nobody reads the output any more
====  =================================================================================
"""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from likelihood import __version__
from likelihood.cli.comparing import compare
from likelihood.cli.crosschecking import crosscheck
from likelihood.cli.demonstration import demo
from likelihood.cli.fitting import fit
from likelihood.cli.options import DEBUG, Group, everywhere, show_help
from likelihood.cli.output import abandon_output
from likelihood.cli.predicting import predict
from likelihood.cli.reading import reason, shown
from likelihood.errors import LikelihoodError, SeparationError
from likelihood.report.labels import label

INTERNAL, USAGE, INPUT, NO_MAXIMUM, INTERRUPTED, BROKEN_PIPE = 1, 2, 3, 4, 130, 141


class Program(Group):
    """The group of all commands, which turns every ending into a message and an exit code."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run, and end the process with the exit code."""
        arguments = args[0] if args else options.get("args")
        sys.exit(self.run(sys.argv[1:] if arguments is None else arguments))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names."""
        if args[0] not in self.commands and args[0] in fit.commands:
            raise click.UsageError(
                f"No such command {args[0]!r}. Did you mean 'fit {args[0]}'?", ctx
            )
        return super().resolve_command(ctx, args)

    def run(self, args: Sequence[str]) -> int:
        """Return the exit code of a run with these arguments."""
        ctx: click.Context | None = None
        try:
            ctx = self.make_context("likelihood", list(args))
            with ctx:
                self.invoke(ctx)
            return 0
        except click.exceptions.Exit as end:
            return end.exit_code
        except (KeyboardInterrupt, click.Abort):
            return _say(INTERRUPTED, "interrupted")
        except BrokenPipeError:
            abandon_output()
            return BROKEN_PIPE
        except click.ClickException as error:
            where = getattr(error, "ctx", None)
            path = "likelihood" if where is None else where.command_path
            return _say(
                USAGE, error.format_message(), _one_dash(error, args) or f"see '{path} --help'"
            )
        except SeparationError as error:
            return _say(NO_MAXIMUM, str(error), "--separation report prints what can be said")
        except LikelihoodError as error:
            return _say(INPUT, str(error), getattr(error, "hint", ""))
        except OSError as error:
            about = f"{shown(str(error.filename))}: " if error.filename else ""
            return _say(INPUT, about + reason(error))
        except MemoryError:
            return _say(INPUT, "the input is too large for the memory of this machine")
        except Exception as error:
            if ctx is not None and ctx.meta.get(DEBUG):
                traceback.print_exc()
                advice = "please report this, with the traceback above"
            else:
                advice = "run it again with --debug and report the traceback that is shown"
            told = f"internal error: {type(error).__name__}: {error}"
            return _say(INTERNAL, told, f"{advice}; this is likelihood-toolkit {__version__}")


@click.group(
    cls=Program,
    invoke_without_command=True,
    examples=(
        "likelihood fit die rolls.txt",
        "likelihood fit coin --counts 5067,10000",
        "likelihood fit gaussian heights.csv --column cm --json",
        "likelihood fit logistic d.csv 'y ~ x + g' --save m.likelihood.json",
        "likelihood predict m.likelihood.json new.csv -o predictions.csv",
        "likelihood crosscheck --demo",
        "likelihood demo --output reports",
    ),
    epilog="Exit codes: 0 estimate found, 1 internal error, 2 wrong usage, 3 unusable input, "
    "4 no maximum found, 5 disagreement (crosscheck), 130 interrupted, 141 broken pipe.",
)
@everywhere
@click.pass_context
def program(ctx: click.Context) -> None:
    """Likelihood estimation in which every fit ends in a verdict."""
    if ctx.invoked_subcommand is None:
        show_help(ctx)


for _command in (fit, predict, compare, crosscheck, demo):
    program.add_command(_command)


def _one_dash(error: click.ClickException, args: Sequence[str]) -> str:
    """Return a hint for -faces, which is read as -f, -a, -c, -e and -s."""
    if not isinstance(error, click.NoSuchOption):
        return ""
    long = [arg for arg in args if re.fullmatch(r"-[a-z]{2}[a-z-]*(=.*)?", arg)]
    return f"long options have two dashes: -{long[0]}" if long else ""


def main() -> None:
    """Run the program; the entry point of the command ``likelihood``."""
    if "_LIKELIHOOD_COMPLETE" in os.environ:
        # A shell asks what could come next; click answers and ends the process.
        click.Group.main(program, prog_name="likelihood")
    program.main()


def _say(code: int, message: str, hint: str = "") -> int:
    """Print a message with its hint to standard error, and return the exit code."""
    print(f"likelihood: {label(message, None)}", file=sys.stderr)
    if hint:
        print(f"  hint: {label(hint, None)}", file=sys.stderr)
    return code
