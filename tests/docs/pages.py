"""The pages as tests read them: blocks of code, files that a page gives, commands with what they answer, links."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^(`{3,})([^\n]*)\n(.*?)^\1\s*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CALL = re.compile(r"(?:[A-Z_]+=\S+ )*ghg(?:\s|$)")
NAMED_FILE = re.compile(r"`([\w.-]+\.\w+)`:\s*$")
MASKS = (
    (re.compile(r"\s+"), " "),
    (re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}\S*"), "TIME"),
    (re.compile(r"\b(?=\d*[a-f])[0-9a-f]{8,64}\b|(?<![\d.])\b\d{16,64}\b|(?<=your key )\d{8}"), "DIGEST"),
    (re.compile(r"(?<=root )\d{12}\b"), "DIGEST"),
    (re.compile(r"\b[\d,]+ (bytes|files)|[\d.]+ GB\b"), "SIZE"),
)
"""What differs from one run to the next."""


@dataclass(frozen=True)
class Block:
    """A fenced block: where it begins, its language, its text, and the file that the line before it names, if any."""

    page: Path
    line: int
    language: str
    text: str
    file: str | None


@dataclass(frozen=True)
class Step:
    """A command of a page, and the lines that the page shows below it (only after a prompt `$`)."""

    page: Path
    line: int
    command: str
    answer: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line} {self.command}"


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        before = text[: found.start()].rstrip("\n")
        named = NAMED_FILE.search(before.rpartition("\n")[2])
        yield Block(page, text[: found.start()].count("\n") + 2, found[2].strip(), found[3], named and named[1])


def prose(page: Path) -> str:
    """The page without its blocks, each line where it was."""
    return FENCE.sub(lambda found: "\n" * found[0].count("\n"), page.read_text(encoding="utf-8"))


def steps(block: Block) -> Iterator[Step]:
    """The commands `ghg …` of a block, lines that go on joined, each with the answer below it."""
    lines = block.text.splitlines()
    at = 0
    while at < len(lines):
        begin, line = at, lines[at].strip()
        at += 1
        while line.endswith("\\") and at < len(lines):
            line = line[:-1] + lines[at].strip()
            at += 1
        prompted = line.startswith("$ ")
        command = line.removeprefix("$ ")
        if not CALL.match(command):
            continue
        answer = []
        while prompted and at < len(lines) and not lines[at].startswith("$ "):
            answer.append(lines[at])
            at += 1
        yield Step(block.page, block.line + begin, command, tuple(answer))


def calls(command: str) -> Iterator[list[str]]:
    """The words of each `ghg` in a line of a shell, which may join several."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars="|;&<>")
    lexer.whitespace_split, lexer.commenters = True, "#"
    parts: list[list[str]] = [[]]
    for word in lexer:
        if set(word) <= set("|;&<>"):
            parts.append([] if set(word) <= set("|;&") else [""])
        else:
            parts[-1].append(word)
    for part in parts:
        while part and re.match(r"[A-Z_]+=", part[0]):
            part.pop(0)
        if part[:1] == ["ghg"]:
            yield part[1:]


def anchors(page: Path) -> set[str]:
    """The anchors that the headings of a page have."""
    heads = re.findall(r"^#{1,6} (.+)$", prose(page), re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", head).strip().lower() for head in heads]
    return {re.sub(r"[^\w\- ]", "", head).replace(" ", "-") for head in plain}


def plain(text: str) -> str:
    """A text without what differs from one run to the next, and without line ends."""
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return text.strip()


def differs(shown: tuple[str, ...], printed: str) -> str | None:
    """The first piece of what a page shows that the command did not print in its place; `…` stands for anything."""
    pieces = [plain(piece) for piece in re.split(r"(?<!\S)…(?!\S)", "\n".join(shown))]
    said, at = plain(printed), 0
    for number, piece in enumerate(pieces):
        found = said.find(piece, at)
        if found < 0 or (number == 0 and found > 0):
            return piece
        at = found + len(piece)
    return said[at:] if pieces[-1] and said[at:].strip() else None
