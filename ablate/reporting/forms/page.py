"""A report as one HTML file that loads nothing and runs nothing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping

import jinja2
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ablate.reporting.forms.headings import Addresses
from ablate.reporting.forms.writer import Writer, text_of

ANCHOR = re.compile(r'<a id="([\w-]+)"></a>')
"""A place in the text that a link can name, as a report writes it."""


def page(title: str, markdown: str, pictures: Mapping[str, bytes]) -> str:
    """A report's Markdown as a whole page, with its pictures in it.

    Of raw HTML the few tags that reports use are kept (see `writer.ADMITTED`), everything else is text.
    `pictures` holds SVG or PNG files under the relative paths that the Markdown links; a path is looked up as `.svg`
    first, whatever it ends in. What lies elsewhere, under an address, is never loaded: its words stand in its place.

    Raises:
        ValueError: the Markdown links a picture that was not given.
    """
    parser = MarkdownIt("commonmark", {"html": True, "xhtmlOut": False}, renderer_cls=Writer).enable(
        ["table", "strikethrough"]
    )
    tokens = parser.parse(markdown)
    sections = _address_headings(tokens)
    _loosen_anchors(tokens)
    body = parser.renderer.render(tokens, parser.options, {"pictures": pictures})
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ablate.reporting.forms"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.j2").render(title=title, sections=sections, body=body)


def _address_headings(tokens: list[Token]) -> list[tuple[str, str]]:
    """Give every heading its id, and return id and words of those of the second level: the contents.

    An anchor of the same name stands for its heading: an id is there once.
    """
    addresses = Addresses()
    anchors = {name for token in tokens for name in ANCHOR.findall(token.content)}
    sections = []
    for heading, words in itertools.pairwise(tokens):
        if heading.type != "heading_open":
            continue
        text = text_of(words)
        address = addresses.give(text)
        if address and address not in anchors:
            heading.attrSet("id", address)
        if heading.tag == "h2" and address:
            sections.append((address, text))
    return sections


def _loosen_anchors(tokens: list[Token]) -> None:
    """Take paragraphs that hold anchors alone out of the text's rhythm: they would be blank lines."""
    for before, words, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if before.type == "paragraph_open" and not ANCHOR.sub("", words.content).strip():
            before.hidden = after.hidden = True
