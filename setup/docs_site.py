"""What the site needs beyond the pages: a menu made from the index, and words for links that leave docs/."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")


def on_config(config: Any) -> Any:
    """The settings of the site, with a menu: a section for each reader of docs/README.md, its pages in their order."""
    menu: list[dict[str, Any]] = [{"Documentation": "README.md"}]
    seen = {"README.md"}
    for line in (Path(config.docs_dir) / "README.md").read_text(encoding="utf-8").splitlines():
        if section := re.match(r"\*\*(.+?)\*\*", line):
            menu.append({section[1]: []})
        for words, target in LINK.findall(line) if line.startswith("| [") else ():
            if not target.startswith("../") and target not in seen:
                seen.add(target)
                next(iter(menu[-1].values())).append({words: target})
    config.nav = menu
    return config


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The text of a page, in which a link out of docs/ stands as its words and the path: the site has no such file.

    In the checkout these links lead to the files, and `tests/docs` holds every one of them.
    """

    def told(found: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page.file.src_uri), found[2]))
        outside = found[2].startswith("../") and not path.startswith("docs/")
        return f"{found[1]} (`{path}`)" if outside else found[0]

    return LINK.sub(told, markdown)
