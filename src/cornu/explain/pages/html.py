"""The few pieces of HTML that pages consist of. Whatever comes in as text is escaped here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape

LONGEST = 100  # letters of one cell
MOST = 200  # rows of one table
_CELL = "text-align:left"  # notebooks have it right


def heading(name: str, *facts: str) -> str:
    """A line with a name and short facts."""
    return (
        f"<p><b>{escape(name)}</b>{''.join(f' &middot; {escape(fact)}' for fact in facts if fact)}</p>"
    )


def table(headers: Sequence[str], rows: Collection[Sequence[str]]) -> str:
    """A table, of which the rows beyond `MOST` are only counted.

    >>> table(["a"], [["<b>"]]).count("&lt;b&gt;")
    1
    """
    lines = [_row("th", headers)] if headers else []
    lines += [_row("td", row) for row in list(rows)[:MOST]]
    if len(rows) > MOST:
        lines.append(_row("td", [f"… and {len(rows) - MOST:,} more"]))
    body = "\n".join(lines)
    return f'<div style="overflow-x:auto"><table cellpadding="3">\n{body}\n</table></div>'


def folded(title: str, content: str) -> str:
    """What is shown when its title is clicked."""
    return f"<details><summary>{escape(title)}</summary>\n{content}\n</details>"


def note(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def page_of(*parts: str) -> str:
    body = "\n".join(part for part in parts if part)
    return f'<div class="cornu">\n{body}\n</div>'


def short(text: str) -> str:
    """The text on one line, cut where it is too long for a cell.

    >>> len(short("a" * 1000))
    100
    """
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _row(cell: str, texts: Sequence[str]) -> str:
    cells = "".join(f'<{cell} style="{_CELL}">{escape(text)}</{cell}>' for text in texts)
    return f"<tr>{cells}</tr>"


__all__ = ["folded", "heading", "note", "page_of", "short", "table"]
