"""The report as Markdown (CommonMark with GitHub's tables), for tickets, chats and pull requests."""

import re
from collections.abc import Iterable, Sequence

from connector.report.story import ChangeGroup, ChangeItem, LineItem, People, Report, Story
from connector.report.words import CORRECT, LINKED, plural

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$!=])")
_LINK = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp):|\b(www)\.")
_STARTS_BLOCK = re.compile(r"^([-+](?!\d)|\d+(?=[.)](?:\s|$)))")


def escape(value: str) -> str:
    """``value`` so that Markdown shows it as it is: no markup, no table column, no list, and no link of its own."""
    text = _SPECIAL.sub(r"\\\1", value.strip())
    text = _LINK.sub(lambda found: f"{found.group(1)}\\:" if found.group(1) else f"{found.group(2)}\\.", text)
    return _STARTS_BLOCK.sub(lambda found: _held_back(found.group(), text), text)


def render_markdown(report: Report) -> str:
    """The report as Markdown text."""
    lines = [f"# {escape(report.title)}", "", " ".join([f"{report.made}.", *report.summary]).lstrip(". "), ""]
    if report.failures:
        lines += [f"## Failed ({len(report.failures):,})", ""]
        lines += [f"- **{escape(client)}**: {escape(why)}" for client, why in report.failures] + [""]
    for story in report.telling:
        lines += [*_client(story), ""]
    if report.quiet:
        names = ", ".join(escape(story.client) for story in report.quiet)
        lines += [f"Nothing to do for {plural(len(report.quiet), 'client')}: {names}.", ""]
    return "\n".join(lines).rstrip() + "\n"


def _held_back(start: str, text: str) -> str:
    return f"\\{start}" if not start.isdigit() else f"{start}\\"


def _client(story: Story) -> Iterable[str]:
    yield f"## {escape(story.client)}: {escape(story.company)} ({story.company_id})"
    yield from ("", f"**{escape(story.headline)}**", "")
    for alert in story.alerts:
        yield from (f"> {escape(alert)}", "")
    if story.held:
        yield from (f"### Needs a person ({len(story.held):,})", "")
        for held in story.held:
            yield f"- **{escape(held.kind)}**: {escape(held.what)}  "
            yield f"  Why: {escape(held.reason)}  "
            yield f"  To go on: {escape(held.release)}"
        yield ""
    if story.lines:
        yield from _billing(story)
    if story.changes:
        yield from ("### Changes", "")
        for group in story.changes:
            yield from _changes(group)
    yield from _people(f"### Not counted ({story.not_counted_total:,})", story.not_counted)
    if story.warnings:
        yield from (f"### Warnings ({len(story.warnings):,})", "")
        yield from (*(f"- {escape(warning)}" for warning in story.warnings), "")
    if story.pairs:
        named = story.correctable
        yield from ("### People and contacts", "")
        yield from (_group(group, named and group.heading != LINKED) for group in story.pairs)
        yield from ("", *((escape(CORRECT), "") if named else ()))
    yield f"*{escape(story.footing)}*"


def _table(headings: Sequence[str], right: range, rows: Iterable[Sequence[str]]) -> Iterable[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{'|'.join('---:' if at in right else '---' for at in range(len(headings)))}|"
    for row in rows:
        yield f"| {' | '.join(escape(cell) for cell in row)} |"
    yield ""


def _billing(story: Story) -> Iterable[str]:
    headings = ("Line", "People counted", "Quantity billed", "On the line", "Unit price", "Change a month", "From")
    rows = [
        (line.profile, line.counted, line.billed, line.quantity, line.price, line.change, line.effective)
        for line in story.lines
    ]
    if len(rows) > 1:
        rows.append(("Total", "", "", "", "", story.total, ""))
    yield from ("### Billing", "")
    yield from _table(headings, range(1, 6), rows)
    for line in story.lines:
        yield from _details(line)


def _details(line: LineItem) -> Iterable[str]:
    yield from (f"**{escape(line.profile)}**: {escape(line.place)}", "")
    yield from (f"- {escape(note)}" for note in line.notes)
    yield from (_group(group) for group in line.people)
    yield ""


def _changes(group: ChangeGroup) -> Iterable[str]:
    yield from (f"{group.heading} ({len(group.items):,}):", "")
    yield from (_change(item) for item in group.items)
    yield ""


def _change(item: ChangeItem) -> str:
    outcome = f" **{escape(item.outcome)}**" if item.outcome else ""
    return f"- {escape(item.sentence)} ({escape(item.reason)}){outcome}"


def _people(heading: str, groups: tuple[People, ...]) -> Iterable[str]:
    if groups:
        yield from (heading, "", *(_group(group) for group in groups), "")


def _group(group: People, named: bool = True) -> str:
    why = f", {escape(group.why)}" if group.why else ""
    start = f"- {escape(group.heading)}{why} ({len(group.people):,})"
    if not named:
        return start
    names = (f"{escape(item.name)} ({escape(item.note)})" if item.note else escape(item.name) for item in group.people)
    return f"{start}: {', '.join(names)}"
