"""source.yml is law for what passes the door: every mistake in it is found, with its line."""

from __future__ import annotations

import pytest

from peelian.core.errors import InvalidError, MissingError
from peelian.ingest.catalogue import FOLDER, find_sources, guess_source, open_source
from peelian.ingest.contract import Assertion, fold, load_contract
from peelian.ingest.located_yaml import parse_located
from peelian.model.record import TABLES
from tests.support.ingest import street_csv, to_csv

GOOD = (FOLDER / "police_uk" / "source.yml").read_text(encoding="utf-8")


def load_changed(tmp_path, old, new):
    """Load the police_uk contract with one change."""
    assert GOOD.count(old) >= 1, "the change hits something"
    (tmp_path / "source.yml").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    return load_contract(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("licence: Open", "licence: ''\nx: Open", "licence"),
        ("cadence:", "cadense:", 'unknown key "cadense"'),
        ("keep: incident.month", "keep: incident.mouth", "is no column of incident"),
        ("keep: incident.month", "keep: stop.month", "is no column of incident"),
        ("table: outcome", "table: outcomes", "there is no table"),
        ("        reason: The only time that is published.\n", "", '"reason" is missing'),
        ("        purposes: [burglary-prevention, method-assessment]\n", "", "kept without a purpose"),
        ("purposes: [burglary-prevention]", "purposes: [Any purpose at all]", "by its id"),
        ("        protected: true\n", "", "protected: True"),
        ("        personal: true\n", "", "personal: True"),
        ("Context: {drop: Free text; may hold anything about anybody.}", "Context: {drop: ''}", '"drop" is missing'),
        ("otherwise: refuse, reason: no force", "otherwise: ignore, reason: no force", '"otherwise" is one of'),
        ("at_least: 1, at_most: 3000000", "at_least: one", "a bound is a number"),
        ("{check: rows, at_least: 1, at_most: 3000000,", "{check: rows,", "has a bound"),
        ("column: Longitude,", "column: Langitude,", 'no column "Langitude"'),
        ("check: rejected_share,", "check: rejected_share, column: Month,", "names a column"),
        ("same_rows: drop\n", "same_rows: sometimes\n", '"same_rows" is one of'),
        ("expires_from: month end", "expires_from: whenever", '"expires_from" is one of'),
        ("(?P<month>", "(?P<month", "not a regular expression"),
        ("far_times: 3.0", "far_times: far", "is a number"),
        ("  robbery: [Robbery]", "  robbery: [Burglary]", "two meanings"),
        ("      Month:", "      Crime_ID:\n        drop: x\n      Month:", "also means column"),
        ("source: police_uk", "source: Police UK", "lower case"),
        ("title:", "source: again\ntitle:", "stands here twice"),
        ("cadence: monthly", "cadence: *monthly", "Aliases"),
        ("cadence: monthly", "cadence: [monthly", "not YAML"),
    ],
)
def test_a_mistake_in_a_contract_is_named_with_its_line(tmp_path, old, new, says):
    """A contract that is half understood lets through what nobody meant."""
    with pytest.raises(InvalidError) as caught:
        load_changed(tmp_path, old, new)
    assert caught.value.code == "declaration-invalid"
    assert says in str(caught.value)
    assert f"line {caught.value.facts['line']}" in caught.value.what
    assert caught.value.facts["line"] >= 1


def test_the_line_of_a_mistake_is_the_line_of_the_key():
    """An editor jumps to the number; it must be right."""
    doc = parse_located("a: 1\nb:\n  c: 2\n  d:\n    - x\n    - y\n", "x.yml")
    assert [doc.line(w) for w in (("a",), ("b", "c"), ("b", "d", 1), ("b", "zzz"))] == [1, 3, 6, 2]


def test_a_missing_contract_is_an_error_of_its_own(tmp_path):
    """A source without a contract is not a source without rules."""
    with pytest.raises(MissingError) as caught:
        load_contract(tmp_path)
    assert caught.value.code == "declaration-missing"


def test_every_column_of_every_source_is_kept_for_a_purpose_or_dropped_for_a_reason():
    """PL-02: a column that nobody can justify is not collected."""
    for name in find_sources():
        for kind in load_contract(FOLDER / name).files:
            for rule in kind.columns:
                assert rule.reason
                assert rule.dropped or rule.purposes


def test_every_protected_column_of_the_model_is_declared_protected_where_it_is_fed():
    """A characteristic that slips in unmarked would be readable like any other column."""
    for name in find_sources():
        for kind in load_contract(FOLDER / name).files:
            for rule in (r for r in kind.kept if r.keep):
                table, column = rule.keep.split(".")
                assert rule.protected == TABLES[table].column(column).protected
                assert rule.protected == TABLES[table].sealed


def test_a_contract_changes_its_hash_with_its_content(tmp_path):
    """The hash is how a re-run knows that the rules are the ones of last time."""
    (tmp_path / "source.yml").write_text(GOOD, encoding="utf-8")
    same = load_contract(tmp_path).hash
    assert same == load_contract(FOLDER / "police_uk").hash
    assert load_changed(tmp_path, "far_times: 3.0", "far_times: 4.0").hash != same


def test_names_of_columns_match_without_case_spaces_and_underscores():
    """Exports are re-saved by hand; their columns keep their meaning."""
    assert fold("Last outcome_category") == fold("LAST-OUTCOME  category") == "lastoutcomecategory"


def test_a_bound_holds_at_its_ends():
    """Off by one at a bound would refuse a file that is just right."""
    bound = Assertion("rows", at_least=1, at_most=3)
    assert [bound.holds(v) for v in (0, 1, 3, 4)] == [False, True, True, False]


def test_an_unknown_source_and_a_missing_mapping_are_refused(tmp_path):
    """Falling back to some other source would read columns under the wrong meaning."""
    with pytest.raises(MissingError, match="no source of that name"):
        open_source("no_such_source")
    with pytest.raises(InvalidError, match="mapping file"):
        open_source("incidents")
    with pytest.raises(InvalidError, match="mapping file"):
        open_source("police_uk", tmp_path / "m.yml")


def test_a_source_is_found_by_header_when_the_name_says_nothing(tmp_path):
    """A first look at a file should not need the manual."""
    (tmp_path / "export.csv").write_bytes(street_csv(2))
    assert guess_source(tmp_path / "export.csv").contract.source == "police_uk"
    (tmp_path / "plan.csv").write_bytes(to_csv([{"Offence": "Burglary"}], ["Offence", "Month"]))
    assert guess_source(tmp_path / "plan.csv").contract.source == "plans"
    (tmp_path / "other.csv").write_bytes(b"a,b\n1,2\n")
    with pytest.raises(InvalidError) as caught:
        guess_source(tmp_path / "other.csv")
    assert caught.value.code == "source-unclear"
