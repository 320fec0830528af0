"""The page on Scope 3 says what the data say: every category, formula and method is on it."""

from __future__ import annotations

import re

from ledger.intake.following.formulas import formulas
from ledger.intake.known import shipped_types
from ledger.inventory.scope3 import category_rules


def test_the_page_of_scope_3_holds_categories_formulas_and_types(root):
    """Each category has its row, each formula its expression; every activity type it names is in the catalogue."""
    text = (root / "docs" / "methods" / "scope3.md").read_text(encoding="utf-8")
    for rule in category_rules():
        assert re.search(rf"^\| {rule.number} ", text, re.MULTILINE), rule.name
    for formula in formulas().values():
        assert f"| `{formula.name}` | {formula.title} | `{formula.expression}` |" in text
    head = text.partition("## Derived rows")[0]
    own_words = {"stated_scope3_category", "capitalised", "supplier", "product", "stated", "_15"}
    names = set(re.findall(r"`([a-z0-9_]+)`", head)) - own_words
    assert names <= {*shipped_types(), *formulas()}


def test_every_category_is_reached_by_a_type_of_its_own_or_by_a_claim():
    """Each category but 9 has an activity type beside a stated figure; 9 is claimed for what would be 4."""
    reached = {
        int(line.scope3_category)
        for kind in shipped_types().values() if not kind.code.startswith("stated_")
        for line in kind.lines if line.scope == "3" and line.scope3_category
    }  # fmt: skip
    assert reached == set(range(1, 16)) - {9}


def test_methods_of_the_query_are_methods_of_the_rules(root):
    """Each method that the query can give is one that some category allows, or a stated figure."""
    sql = (root / "ledger" / "inventory" / "scope3_method.sql").read_text(encoding="utf-8")
    given = set(re.findall(r"then '([a-z_]+)'", sql)) | set(re.findall(r"else '([a-z_]+)'", sql))
    assert given - {"stated"} == {method for rule in category_rules() for method in rule.methods}
