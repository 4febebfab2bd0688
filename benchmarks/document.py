"""One page, several scripts: each writes the section between its own marks."""

from __future__ import annotations

from pathlib import Path

#: The sections of ``docs/accuracy.md`` in their order.
SECTIONS = ("kernels", "regressions")
_TITLE = "# Accuracy\n"


def write_section(path: Path, name: str, text: str) -> None:
    """Replace one section of a page, leaving the others as they are.

    Raises
    ------
    ValueError
        There is no such section.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = Path(folder) / "accuracy.md"
    ...     write_section(page, "regressions", "two")
    ...     write_section(page, "kernels", "one")
    ...     print(page.read_text())
    # Accuracy
    <BLANKLINE>
    <!-- kernels: begin -->
    one
    <!-- kernels: end -->
    <BLANKLINE>
    <!-- regressions: begin -->
    two
    <!-- regressions: end -->
    <BLANKLINE>
    """
    if name not in SECTIONS:
        raise ValueError(f"the page has sections {', '.join(SECTIONS)}, got {name!r}.")
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    bodies = {section: _between(old, section) for section in SECTIONS}
    bodies[name] = text.strip()
    parts = [
        f"<!-- {section}: begin -->\n{body}\n<!-- {section}: end -->\n"
        for section, body in bodies.items()
        if body
    ]
    path.write_text("\n".join([_TITLE, *parts]), encoding="utf-8")


def _between(page: str, section: str) -> str:
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    if begin not in page:
        return ""
    return page.split(begin, 1)[1].split(end, 1)[0].strip()
