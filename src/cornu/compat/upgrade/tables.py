"""Old arguments of a call by the entries of `compat/old/arguments.py`."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Mapping
from typing import Any

import libcst as cst

from cornu.compat.old.entries import Changed, Done, Entry, Gone, Kept, Renamed, Several, Together
from cornu.compat.upgrade.arglist import UNKNOWN, code, literal
from cornu.compat.upgrade.forms import DONE, Form, together

_OLD_SIGMOID = "hard_sigmoid had the slope 0.2 in its time, and has 1/6 today"


def translate(form: Form, table: Mapping[str, str | Entry], handled: tuple[str, ...] = ()) -> None:
    """Puts the old arguments of a call into the words of today."""
    for word in [arg.keyword.value for arg in form.args.args if arg.keyword is not None]:
        arg, entry = form.args.keyword(word), table.get(word)
        if arg is None or entry is None or word in handled:
            continue  # an entry may have taken another argument with it
        entry = Renamed(entry) if isinstance(entry, str) else entry
        twice = [name for name in entry.names if name != word and form.args.keyword(name) is not None]
        if twice:
            form.mark(f"{word}= and {twice[0]}= are given, and are the same")
        else:
            _by_entry(form, word, arg, entry)


def leave_as_they_were(
    form: Form, table: Mapping[str, str | Entry], defaults: Mapping[str, Any]
) -> None:
    """Writes out what another time did where this was left out, if it was."""
    for word, value in defaults.items():
        entry = table.get(word)
        name = entry.names[0] if isinstance(entry, Entry) else word
        if not form.args.clear or form.args.keyword(name) is not None:
            continue
        if "hard_sigmoid" in str(value):
            form.args.add(name, form.string("hard_sigmoid"))
            form.mark(_OLD_SIGMOID)
            continue
        source = (
            entry.source.get(repr(value), repr(value)) if isinstance(entry, Changed) else repr(value)
        )
        form.args.add(name, _expression(form, source))


def _by_entry(form: Form, word: str, arg: cst.Arg, entry: Entry) -> None:
    value = literal(arg.value)
    if isinstance(entry, Renamed):
        form.args.rename(arg, entry.names[0])
    elif isinstance(entry, Changed):
        _changed(form, word, arg, entry)
    elif isinstance(entry, Several):
        form.args.rename(arg, entry.names[0])
        for name in entry.names[1:]:
            form.args.add(name, arg.value)
    elif isinstance(entry, Together):
        _together(form, word, entry)
    elif isinstance(entry, Gone):
        if entry.harmless is None or (value is not UNKNOWN and value in entry.harmless):
            form.args.drop(arg)
        else:
            form.mark(f"{word}=: {entry.why}")
    elif isinstance(entry, Kept) or (
        isinstance(entry, Done) and not (word in DONE and DONE[word](form, arg))
    ):
        form.mark(f"{word}=: today write {entry.written}")


def _together(form: Form, word: str, entry: Together) -> None:
    parts = [form.args.keyword(part) for part in entry.parts]
    given = [part for part in parts if part is not None]
    if len(given) < len(entry.parts):
        form.mark(f"{word}=: today write {entry.written}")
        return
    form.args.set(given[0], together([part.value for part in given]))
    for part in given[1:]:
        form.args.drop(part)
    first = form.args.keyword(entry.parts[0])
    assert first is not None
    form.args.rename(first, entry.names[0])


def _changed(form: Form, word: str, arg: cst.Arg, entry: Changed) -> None:
    value = literal(arg.value)
    new = _new_value(form, arg, entry)
    if new is not None and "old_hard_sigmoid" in code(new):
        form.mark(_OLD_SIGMOID)
        new = None
    if new is not None:
        form.args.set(arg, new)
        found = form.args.keyword(word)
        assert found is not None
        arg = found
    elif value is UNKNOWN and entry.source and _may_be_a_word(form, arg.value, entry):
        known = ", ".join(f"{old} is {today}" for old, today in entry.source.items())
        form.mark(f"{entry.new}=: {known}")
    if entry.new != word:
        form.args.rename(arg, entry.names[0])


def _may_be_a_word(form: Form, value: cst.BaseExpression, entry: Changed) -> bool:
    """Whether a variable may hold one of the old words, and not an object or a function."""
    objects = any("(" in text for text in entry.source.values()) or entry.new.endswith("_constraint")
    return not objects and not isinstance(value, cst.Call) and form.context.facts.kind(value) is None


def _new_value(form: Form, arg: cst.Arg, entry: Changed) -> cst.BaseExpression | None:
    """What the value is today; None if it stays, or nobody can know."""
    value = literal(arg.value)
    if value is UNKNOWN or (entry.when is not None and not entry.when(value)):
        return None
    if repr(value) in entry.source:
        return _expression(form, entry.source[repr(value)])
    if entry.source:
        return None
    made = repr(entry.convert(value))
    try:
        literal_eval(made)
    except (ValueError, SyntaxError):
        return None
    return cst.parse_expression(made) if made != repr(value) else None


def _expression(form: Form, text: str) -> cst.BaseExpression:
    """An expression of the table: a value, or a call of a name of Keras."""
    made = cst.parse_expression(text)
    if isinstance(made, cst.SimpleString):
        return form.string(str(made.evaluated_value))
    if isinstance(made, cst.Call):
        path = code(made.func).removeprefix("keras.")
        return _in_quotes(form, made).with_changes(func=form.refer(path))
    return made


def _in_quotes(form: Form, call: cst.Call) -> cst.Call:
    """The call with its strings in the quotes that the program uses."""
    args = [
        arg.with_changes(value=form.string(str(arg.value.evaluated_value)))
        if isinstance(arg.value, cst.SimpleString)
        else arg
        for arg in call.args
    ]
    return call.with_changes(args=args)
