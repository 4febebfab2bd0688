"""``likelihood fit``: one command for each distribution and each regression; die and coin here.

NumPy, pandas and the distributions are imported inside the commands, so that help is fast.
"""

from __future__ import annotations

from typing import Any

import click

from likelihood.cli import values
from likelihood.cli.options import Command, Group, everywhere, fitting, request, show_help
from likelihood.cli.reading import InputError, Source, counted, listed, shown
from likelihood.cli.regression_commands import linear, logistic, softmax
from likelihood.cli.running import input_name, publish, read_input, tested
from likelihood.cli.sample_commands import gaussian, poisson
from likelihood.cli.sample_result import SampleResult
from likelihood.cli.tokens import advice, face_counts, tally
from likelihood.report.labels import label

#: The intervals of each model, the default first.
INTERVALS = {
    "die": ("goodman", "quesenberry-hurst", "sison-glaz", "wilson", "wald", "profile"),
    "coin": ("wilson", "clopper-pearson", "jeffreys", "agresti-coull", "wald", "profile"),
}
#: The outcome that counts where --success is not given, if these two are what is found.
_USUAL = ({"H", "T"}, "H"), ({"0", "1"}, "1")


@click.group(
    cls=Group,
    invoke_without_command=True,
    examples=(
        "likelihood fit die rolls.txt",
        "shuf -r -n600 -e H T | likelihood fit coin",
        "likelihood fit gaussian heights.csv --column cm --json",
        "likelihood fit poisson goals.txt --interval score",
        "likelihood fit logistic patients.csv 'died ~ age + ward' --event yes",
    ),
)
@everywhere
@click.pass_context
def fit(ctx: click.Context) -> None:
    """Fit a distribution to a sample, or a regression to a table."""
    if ctx.invoked_subcommand is None:
        show_help(ctx)


@fit.command(
    cls=Command,
    examples=(
        "likelihood fit die rolls.txt",
        "shuf -r -n600 -e a b c | likelihood fit die --faces a,b,c",
        "echo '3407 3631 3176 2916 3448 3422' | likelihood fit die --counts",
        "printf 'heads 5067\\ntails 4933\\n' | likelihood fit die --counts --faces heads,tails",
        "likelihood fit die rolls.txt --null 1/12,1/6,1/6,1/6,1/6,1/4",
    ),
)
@click.option(
    "--faces",
    default="1,2,3,4,5,6",
    show_default=True,
    metavar="A,B,...",
    help="Every face that is possible, in order, as it is written in the input.",
)
@click.option(
    "--null",
    default="fair",
    show_default=True,
    metavar="fair|P1,P2,...",
    help="The hypothesis that is tested: a probability for each face, as 0.25 or 1/4.",
)
@click.option(
    "--counts",
    is_flag=True,
    help="The input holds a count for every face, in their order, on one line or one "
    "to a line; or lines of a face and its count.",
)
@fitting(INTERVALS["die"])
@click.pass_context
def die(
    ctx: click.Context, /, file: str | None, faces: str, null: str, counts: bool, **common: Any
) -> None:
    """Fit a die: the probability of every face.

    FILE holds one token for each roll, separated by white space or commas, without a header;
    '-' is standard input.
    """
    asked = request(**common)
    names, null = values.faces(faces), values.fair(null)
    hypothesis = values.probabilities(null, len(names))

    def read(source: Source) -> list[int]:
        if counts:
            return face_counts(source, names)
        held, stranger = tally(source, frozenset(names))
        if stranger is not None:
            raise source.error(
                f"{shown(stranger.token)} is not one of the faces {listed(names)}",
                stranger.line, advice(stranger.token, names),
            )  # fmt: skip
        return [held[name] for name in names]

    held = read_input(ctx, file, asked, read)
    if not any(held):
        raise InputError(f"there are no rolls ({input_name(file)})")

    def fitted() -> SampleResult:
        from likelihood import Categorical

        labels = values.labels(names)
        found = Categorical.fit(labels, categories=labels, weights=held)
        return SampleResult(
            found, "face", counted(sum(held), "roll"), asked.level, asked.interval,
            test=tested(
                "G-test", found, hypothesis, null,
                "" if null == "fair" else f"the probabilities {null}",
            ),
        )  # fmt: skip

    publish(ctx, fitted, asked, input_name(file))


@fit.command(
    cls=Command,
    examples=(
        "likelihood fit coin tosses.txt --success heads",
        "shuf -r -n600 -e H T | likelihood fit coin --success H",
        "likelihood fit coin --counts 5067,10000 --interval clopper-pearson",
    ),
)
@click.option(
    "--success",
    metavar="TOKEN",
    help="The token whose probability is estimated.  [default: H of H and T, 1 of 0 and 1]",
)
@click.option("--counts", metavar="S,N", help="S successes in N trials, instead of a file.")
@click.option(
    "--null",
    default="fair",
    show_default=True,
    metavar="fair|P",
    help="The probability that is tested, as 0.25 or 1/4.",
)
@fitting(INTERVALS["coin"])
@click.pass_context
def coin(
    ctx: click.Context,
    /,
    file: str | None,
    success: str | None,
    counts: str | None,
    null: str,
    **common: Any,
) -> None:
    """Fit a coin: the probability of one outcome.

    FILE holds one token for each toss, separated by white space or commas, without a header;
    '-' is standard input.
    """
    asked = request(**common)
    null = values.fair(null)
    hypothesis = 0.5 if null == "fair" else values.probability(null)
    if counts is not None:
        if file is not None or success is not None:
            raise click.UsageError("--counts S,N takes the place of FILE and --success.")
        hits, total = values.successes(counts)
        name, other, place = "success", "failure", f"{hits} successes in {total} trials"
        told = f"{counted(total, 'trial')}, {hits:,} of them successes"
    else:
        hits, total, name = read_input(ctx, file, asked, lambda source: _tosses(source, success))
        place, told = (
            input_name(file),
            f"{counted(total, 'toss', 'tosses')}, {hits:,} of them {shown(name)}",
        )
        other = f"not {name}"

    def fitted() -> SampleResult:
        from likelihood import Bernoulli

        found = Bernoulli.fit([name, other], success=name, weights=[hits, total - hits])
        return SampleResult(
            found, "outcome", told, asked.level, asked.interval, terms=(name,),
            test=tested(
                "Likelihood-ratio test", found, hypothesis, null,
                "" if null == "fair" else f"a probability of {null} for {shown(name)}",
            ),
        )  # fmt: skip

    publish(ctx, fitted, asked, place)


for _command in (gaussian, poisson, linear, logistic, softmax):
    fit.add_command(_command)


def _tosses(source: Source, success: str | None) -> tuple[int, int, str]:
    """Return how many tosses were a success, how many there are, and which token that is."""
    known = frozenset() if success is None else frozenset([success])
    counts, stranger = tally(source, known, spare=2 - len(known))
    if stranger is not None:
        first, second = [*known, *(token for token in counts if token not in known)][:2]
        hint = "clean the input, or use likelihood fit die with --faces"
        if stranger.token.casefold() in (first.casefold(), second.casefold()):
            hint = "write every outcome in the same way: capitals count"
        raise source.error(
            f"{shown(stranger.token)} is a third outcome beside {shown(first)} and "
            f"{shown(second)}",
            stranger.line, hint,
        )  # fmt: skip
    if not counts:
        raise source.error("there are no tosses")
    if success is None:
        usual = [name for names, name in _USUAL if counts.keys() <= names]
        if not usual:
            some = listed([shown(token) for token in counts], " and ")
            raise source.error(
                f"the outcomes are {some}, and nothing says which one counts",
                hint=f"name it, for example --success {label(next(iter(counts)))}",
            )
        success = usual[0]
    return counts[success], counts.total(), success
