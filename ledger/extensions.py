"""Files that other packages add: datasets, kinds of upload, reports, rule sets and their words, found by entry point.

A package names itself under the entry point group `ghg_ledger.extensions`; what it adds lies in its folder as the
shipped files lie in ours: `factors/`, `uploads/`, `documents/`, `requirements/`, `texts/`. No code of it is run.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from ledger import shipped
from ledger.errors import Damage

GROUP = "ghg_ledger.extensions"
_SHIPPED: dict[str, tuple[Literal["data", "templates"], str]] = {
    "factors": ("data", "factors"),
    "requirements": ("data", "requirements"),
    "documents": ("templates", "documents"),
    "texts": ("templates", "texts"),
}


@cache
def extension_folders() -> dict[str, Path]:
    """The folder of every installed extension by the name of its entry point, in the order of names.

    Raises Damage for one whose package is not there, or has a name twice.
    """
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    found: dict[str, Path] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        try:
            spec = find_spec(point.value)
        except (ImportError, ValueError):
            spec = None
        places = list(spec.submodule_search_locations or ()) if spec else []
        if not places:
            raise Damage(
                f"the extension {point.name} names the package {point.value}, which is not there", "install it again"
            )
        if point.name in found and found[point.name] != Path(places[0]):
            raise Damage(f"two packages add an extension named {point.name}", "take one of them away")
        found[point.name] = Path(places[0])
    return found


def files(part: str, pattern: str) -> list[Path]:
    """The files of a part that match a pattern: the shipped ones by name, then those of each extension."""
    folders = [folder / part for folder in extension_folders().values()]
    if part in _SHIPPED:
        where, inner = _SHIPPED[part]
        folders.insert(0, shipped.path(where) / inner)
    return [path for folder in folders for path in sorted(folder.glob(pattern))]


def once(part: str, pattern: str) -> dict[str, Path]:
    """The files of a part by their name without its end. Raises Damage where two have one name: neither may hide."""
    found: dict[str, Path] = {}
    for path in files(part, pattern):
        if path.stem in found:
            raise Damage(
                f"{path.name} is there twice among {part}: in {found[path.stem].parent} and in {path.parent}",
                "rename one of the two",
            )
        found[path.stem] = path
    return found
