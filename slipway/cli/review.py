"""The commands ``review`` and ``report``, each a plain function as well."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from slipway.bundle.cache import Cache
from slipway.cli.options import group, guarded
from slipway.errors import UserError, nearest
from slipway.review.annotations import annotations as as_annotations
from slipway.review.document import document, parse
from slipway.review.markdown import markdown as as_markdown
from slipway.review.model import Review
from slipway.review.page import page
from slipway.review.preview import read_preview
from slipway.review.review import make_review
from slipway.review.verdict import FailOn, fails
from slipway.stack.project import Project

MarkdownFile = Annotated[
    Path | None, typer.Option("--markdown", help="Write Markdown to this file; default: print it.")
]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the whole review to this file as JSON.")]
HtmlFile = Annotated[Path | None, typer.Option("--html", help="Write one HTML page to this file.")]


def review(
    base: Annotated[str, typer.Option("--base", help="The revision to compare with, for example origin/main.")],
    head: Annotated[
        str, typer.Option("--head", help="The revision to review; worktree: the files as they are.")
    ] = "worktree",
    stack: Annotated[
        list[str] | None, typer.Option("--stack", "-s", help="Only this environment; may be repeated.")
    ] = None,
    markdown: MarkdownFile = None,
    json: JsonFile = None,
    html: HtmlFile = None,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on",
            metavar="none|error|policy|delete",
            help="End with status 1 for a program that fails (error), new mandatory findings too (policy), "
            "or also for what is deleted or replaced (delete).",
        ),
    ] = "error",
    annotations: Annotated[
        bool, typer.Option("--annotations", help="Also print the worst facts as annotations of a GitHub workflow.")
    ] = False,
) -> int:
    """Show the effect of a change on every environment, without credentials, cloud or Pulumi command.

    The programs of both revisions are run. Of a stranger's change, read it first or let CI run it.
    """
    levels = [level.value for level in FailOn]
    if fail_on not in levels:
        raise UserError(f"--fail-on is one of {', '.join(levels)}, given: {fail_on!r}{nearest(fail_on, levels)}")
    level = FailOn(fail_on)
    _check_places(markdown, json, html)
    result = make_review(Project.find(), base, head, stack or [], datetime.now(UTC).date())
    _write(result, markdown, json, html)
    if annotations:
        print("\n".join(as_annotations(result)))
    return int(fails(result, level))


def report(
    preview: Annotated[Path | None, typer.Option("--preview", help="A file from `pulumi preview --json`.")] = None,
    review: Annotated[
        Path | None,
        typer.Option("--review", help="A file from `slipway review --json`; it is checked."),
    ] = None,
    markdown: MarkdownFile = None,
    json: JsonFile = None,
    html: HtmlFile = None,
) -> int:
    """Show the output of `pulumi preview --json` as a review; or show a review's JSON again."""
    _check_places(markdown, json, html)
    if (preview is None) == (review is None):
        raise UserError("one of --preview FILE and --review FILE is needed: `slipway report --help`")
    if review is not None:
        _write(_read(review), markdown, json, html)
    elif preview is not None:
        cache = Cache.at(Project.find().state_folder)
        _write(read_preview(preview, cache, datetime.now(UTC).date()), markdown, json, html)
    return 0


def _read(file: Path) -> Review:
    try:
        return parse(file.read_bytes())
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None


def _check_places(*files: Path | None) -> None:
    """Refuse before the work, not after it."""
    for file in files:
        if file and not file.absolute().parent.is_dir():
            raise UserError(f"{file} cannot be written: there is no folder {file.absolute().parent}")


def _write(review: Review, markdown: Path | None, json: Path | None, html: Path | None) -> None:
    text = as_markdown(review)
    if markdown:
        markdown.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    if json:
        json.write_text(document(review), encoding="utf-8")
    if html:
        html.write_text(page(review), encoding="utf-8")


app = group()
for _command in (review, report):
    app.command()(guarded(_command))
