"""Reading YAML so that a mistake can be pointed at."""

from __future__ import annotations

from peelian.core.located import read_located


def test_every_value_knows_its_line():
    """Whoever writes a charter looks for a mistake where the message says it is."""
    located = read_located("a.yml", "one: 1\nlist:\n  - id: x\n    sub: [a,\n      b]\n")
    assert located.data == {"one": 1, "list": [{"id": "x", "sub": ["a", "b"]}]}
    assert located.line(("list", 0, "sub")) == 4
    assert located.line(("list", 0, "sub", 1)) == 5
    assert located.line(("list", 0, "missing", "deeper")) == 3


def test_a_key_that_stands_twice_is_a_mistake():
    """YAML keeps the last of two; a reader believes the first."""
    located = read_located("a.yml", "ends_on: 2027-01-05\nends_on: 2029-01-05\n")
    assert [(m.line, "twice" in m.what) for m in located.mistakes] == [(2, True)]


def test_words_that_yaml_takes_for_truth_values_are_a_mistake_as_keys():
    """A key `on` is read as true and would silently vanish."""
    located = read_located("a.yml", "on: 2027-01-05\n")
    assert located.mistakes[0].line == 1


def test_an_alias_is_refused():
    """An alias can make a value hold itself, or a small file unfold to gigabytes."""
    located = read_located("a.yml", "a: &x [1]\nb: *x\n")
    assert [m.line for m in located.mistakes] == [2]
    assert read_located("a.yml", "a: &x [*x]\n").mistakes


def test_text_that_is_not_yaml_is_a_mistake_with_a_line():
    """A half-saved file is the commonest mistake of all."""
    assert read_located("a.yml", "a: 1\nb: [1, 2\n").mistakes[0].line >= 2
    assert read_located("a.yml", "").mistakes[0].what == "The file is empty."
    assert read_located("a.yml", "a: 2026-02-30\n").mistakes[0].line == 1
    assert read_located("a.yml", "a: !!python/object:os.system x\n").mistakes
