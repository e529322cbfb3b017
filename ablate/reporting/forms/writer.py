"""Markdown's tokens as HTML in which nothing is active, whatever the Markdown said."""

from __future__ import annotations

import base64
import difflib
import html
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

ADMITTED = re.compile(r'&lt;(/?(?:details|summary|sub|sup)|br|a id="[\w-]+"|/a)&gt;')
"""Raw HTML that a report may hold, as it looks once everything is escaped."""

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)

MEDIA = {".svg": "image/svg+xml", ".png": "image/png"}
"""What a picture is, by the end of its path; in the order in which one is looked for."""

DIAGRAM = "mermaid"


class Writer(RendererHTML):
    """markdown-it's HTML with pictures in it, tables that scroll in a box of their own, and raw HTML held down.

    `env["pictures"]` holds the pictures by their paths.
    """

    def html_block(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Raw HTML between paragraphs."""
        return admit(tokens[idx].content)

    def html_inline(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Raw HTML within a line."""
        return admit(tokens[idx].content)

    def image(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
        """A picture as part of the page; one that lies elsewhere as its words."""
        token = tokens[idx]
        words, source = html.escape(text_of(token)), str(token.attrGet("src"))
        if urlsplit(source).scheme or source.startswith("/"):
            return words
        path, content = find_picture(unquote(source), env["pictures"])
        data = base64.b64encode(content).decode()
        return f'<img alt="{words}" src="data:{MEDIA[PurePosixPath(path).suffix]};base64,{data}">'

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A block of code; a diagram, which would need a script to be drawn, closed and as its text."""
        block = super().fence(tokens, idx, options, env)
        if tokens[idx].info.strip() != DIAGRAM:
            return block
        return f'<details class="diagram"><summary>The diagram as text</summary>\n{block}</details>\n'

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A table in a box that scrolls sideways where the table is wider."""
        return '<div class="table" tabindex="0">\n' + self.renderToken(tokens, idx, options, env)

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The end of the table and of its box."""
        return self.renderToken(tokens, idx, options, env) + "</div>\n"


def admit(text: str) -> str:
    """Raw HTML with its known tags, and every other one as text; comments are left out."""
    return ADMITTED.sub(r"<\1>", COMMENT.sub("", text).replace("<", "&lt;").replace(">", "&gt;"))


def find_picture(path: str, pictures: Mapping[str, bytes]) -> tuple[str, bytes]:
    """A picture and its own path; the one that can be drawn at any size is taken before the other.

    Raises:
        ValueError: it is not there.
    """
    for suffix in MEDIA:
        other = PurePosixPath(path).with_suffix(suffix).as_posix()
        if other in pictures:
            return other, pictures[other]
    nearest = difflib.get_close_matches(path, list(pictures), n=1, cutoff=0.0)
    hint = f"the nearest is {nearest[0]!r}" if nearest else "there is none"
    raise ValueError(f"the report links the picture {path!r}, which is not among those given: {hint}")


def text_of(token: Token) -> str:
    """The words of a token, without their markup."""
    if token.type in ("text", "code_inline"):
        return token.content
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return "".join(text_of(child) for child in token.children or ())
