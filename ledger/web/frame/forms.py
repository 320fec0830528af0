"""What a form sends: taken with the session's token alone, each field by name, as text that can be seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from ledger.errors import Misuse, Refused
from ledger.plain import visible
from ledger.web.frame.here import Here, InPage

_LONGEST_FIELD = 20_000
_MOST_FIELDS = 500


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form."""

    data: FormData

    def text(self, name: str, *, required: str = "", most: int = _LONGEST_FIELD) -> str:
        """A field, without outer blanks; "" where it is not filled in.

        ``required`` are the words to say where it must be. Raises Misuse for a field that is a file, is too long, or
        holds what nobody can see.
        """
        value = self.data.get(name, "")
        if not isinstance(value, str):
            raise Misuse(f"'{name}' came as a file", "fill in the form as it is shown")
        text = value.replace("\r\n", "\n").strip()
        if len(text) > most:
            raise Misuse(f"'{name}' has {len(text)} characters", f"at most {most} are taken")
        if visible(text) != text:
            raise Misuse(f"'{name}' holds an invisible character", "type it anew; it was pasted with hidden characters")
        if required and not text:
            raise Misuse(required, "fill it in; nothing was done")
        return text

    def secret(self, name: str) -> str:
        """A password as it was typed, blanks and all; "" where there is none."""
        value = self.data.get(name, "")
        return value if isinstance(value, str) else ""

    def choice(self, name: str, words: tuple[str, ...]) -> str:
        """A field that takes one of some words. Raises Misuse for another."""
        text = self.text(name)
        if text not in words:
            raise Misuse(f"'{name}' is '{text[:40]}'", "take one of: " + ", ".join(words))
        return text

    def many(self, name: str) -> tuple[str, ...]:
        """Every value of a field that can be given several times."""
        values = tuple(value for value in self.data.getlist(name) if isinstance(value, str))
        if any(visible(value) != value or len(value) > _LONGEST_FIELD for value in values):
            raise Misuse(f"'{name}' holds what cannot be taken", "fill in the form as it is shown")
        return values

    def is_set(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.text(name))

    def files(self, name: str) -> list[UploadFile]:
        """Every file that was chosen; they lie on disk already where they are long."""
        return [value for value in self.data.getlist(name) if isinstance(value, UploadFile) and value.filename]

    def file(self, name: str) -> UploadFile | None:
        """A file; None where none was chosen. It lies on disk already where it is long."""
        return next(iter(self.files(name)), None)

    def needed_file(self, name: str, missing: str) -> UploadFile:
        """A file that there must be. Raises Misuse, in the words of ``missing``, where none was chosen."""
        if (found := self.file(name)) is None:
            raise Misuse(missing, "choose one; nothing was done")
        return found


async def signed(request: Request, asked: InPage) -> AsyncIterator[Form]:
    """The form of a request, of this session. Raises Refused where its token is another's."""
    async with request.form(max_files=20, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD * 8) as data:
        token = data.get("csrf", "")
        if not isinstance(token, str) or not asked.session.is_own(token):
            raise Refused(
                "the form is not of this session", "go back, load the page again, and send it once more", code="csrf"
            )
        yield Form(data)


Signed = Annotated[Form, Depends(signed)]
"""The parameter of a handler that changes nothing of the ledger, like a logout."""


def writing(asked: InPage) -> Here:
    """Where a request stands that acts; asked before a body is read. Raises Refused where nothing may be written."""
    if asked.site.settings.read_only:
        raise Refused("this app only shows", "serve it without --read-only to write", code="read-only")
    return asked


Writing = Annotated[Here, Depends(writing)]
"""The parameter of a handler that acts, or of what else must hold before the form of one is read."""


def posted(_asked: Writing, form: Signed) -> Form:
    """The form of a request that acts."""
    return form


Posted = Annotated[Form, Depends(posted)]
"""The parameter of a handler that acts."""
