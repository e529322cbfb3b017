"""The page: everything of the Markdown is on it, nothing is active, nothing is loaded."""

from __future__ import annotations

import base64
import random
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ablate.reporting.forms.headings import Addresses
from ablate.reporting.forms.page import page
from ablate.reporting.markdown import code, plain, table_text
from ablate.reporting.table import Table

REPORTS = Path(__file__).parents[3] / "reports"

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><g id="a"/></svg>'
PNG = b"\x89PNG\r\n\x1a\n"

EMPTY = {"meta", "img", "br", "hr"}
LAYOUT = {"html", "head", "title", "style", "body", "nav", "main", "div", "details", "summary"}
TEXT = {"h1", "h2", "h3", "p", "a", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em", "s"}
TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
TAGS = EMPTY | LAYOUT | TEXT | TABLES
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "id", "class", "href", "src", "alt", "style"}
ATTRIBUTES |= {"tabindex", "aria-label"}
LOADING = {"src", "srcset", "data", "poster", "background", "action", "xlink:href"}

HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//example.org/x.js>",
    '<img src=x onerror="alert(1)">',
    "<img/src=x/onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<iframe src='https://example.org'>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "![x](https://example.org/track.png)",
    "<https://example.org>",
    "]]> --> */ </style></title><body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    '<a id="x" onclick="alert(1)"></a>',
    "<!-- gone --> <?php ?> <![CDATA[ x ]]> <!DOCTYPE html>",
    "&lt;script&gt; &amp; & &#x3c;b> \"quoted\" 'too'",
    "`code` ``more`` \\` \\",
    "| a | b |",
    "# not a heading",
    "1. not a list",
    "- [ ] not a task",
    "> not a quote",
    "~~~ not a fence",
    "--- *a* **b** _c_ __d__ ~~e~~ $f$",
    "<b\n\nonclick=alert(1)>",
    "[x]: https://example.org",
    "</td></tr></table></details></main><script>alert(1)</script>",
]


@dataclass
class Reader(HTMLParser):
    """What a browser would make of a page: the tags that are open, and what is wrong with them."""

    open: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    images: list[dict[str, str | None]] = field(default_factory=list)
    words: dict[str, list[str]] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, f"<{tag}> at {self.getpos()}"
        assert len(dict(attrs)) == len(attrs)
        for name, value in attrs:
            assert name in ATTRIBUTES, f"{name}={value!r} of <{tag}>"
            assert name not in LOADING or re.match(r"data:image/(png|svg\+xml);base64,", str(value)), (tag, name)
        given = dict(attrs)
        self.tags.append(tag)
        self.ids += [str(given["id"])] if "id" in given else []
        if tag == "a" and "href" in given:
            self.links.append(str(given["href"]))
        if tag == "img":
            self.images.append(given)
        if tag not in EMPTY:
            self.open.append(tag)
            self.words.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> at {self.getpos()} closes nothing"
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.words[tag][-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")


def read(text: str) -> Reader:
    """The page as it is read; fails where it is not sound, or where anything in it is active or loaded."""
    assert text.startswith("<!DOCTYPE html>\n<html lang=")
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    assert sorted(reader.ids) == sorted(set(reader.ids))
    assert "@import" not in text
    assert "url(" not in text
    assert {link[1:] for link in reader.links if link.startswith("#")} <= set(reader.ids)
    return reader


def body(markdown: str, **pictures: bytes) -> str:
    text = page("title", markdown, {f"figures/{name.replace('_', '.')}": file for name, file in pictures.items()})
    read(text)
    return text.split("<main>\n")[1].split("</main>")[0]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_words_wherever_a_report_puts_it(text: str) -> None:
    words = " ".join(text.split())
    table = table_text(Table((text, "n"), "lr", ((text, "1"),)))
    reader = read(
        page(
            text,
            f"# {plain(text)}\n\n> {plain(text)}\n\n- {plain(text)}\n\n{plain(text)}\n\n{code(text)}\n\n{table}\n",
            {},
        )
    )
    assert reader.words["title"] == [text]
    assert reader.words["h1"] == [words]
    assert reader.words["li"] == [words]
    assert reader.words["p"] == [words, words, words.replace("`", "'")]
    assert reader.words["code"] == [words.replace("`", "'")]
    assert reader.words["th"] == [words, "n"]
    assert reader.words["td"] == [words, "1"]
    assert reader.links == []
    assert reader.images == []


def test_text_made_at_random_is_words_too(chance: random.Random) -> None:
    pieces = [*"<>/&;#'\"`*_~[]()!|\\-+=:.$ \n1ab", "script", "javascript:", "</td>", "<b>", "&lt;", "://", "é", "🙂"]
    for _ in range(150):
        text = "x".join("".join(chance.choices(pieces, k=chance.randrange(1, 12))) for _ in range(2))
        words = " ".join(text.split())
        reader = read(page(text, f"{plain(text)}\n\n{table_text(Table((text,), 'l', ((text,),)))}", {}))
        assert [*reader.words["p"], *reader.words["th"], *reader.words["td"]] == [words] * 3


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_that_was_not_escaped_is_not_active_either(text: str) -> None:
    shown = page(text, f"{text}\n\nafter\n", {}).split("<main>")[1].split("</main>")[0]
    for tag in re.findall(r"<[a-z/!?][^>]*>", shown, re.IGNORECASE):
        name = re.match(r"</?(\w+)", tag)
        assert name is not None, tag
        assert name[1] in TAGS - {"html", "head", "title", "style", "body", "img"}, tag
        assert re.fullmatch(r'</?\w+( (id|class)="[\w-]+"| href="https://example.org")?>', tag), tag


def test_the_raw_html_of_reports_is_kept() -> None:
    text = '<a id="every"></a>\n\n<details><summary>A &amp; B</summary>\n\n- x\n\n</details>\n\na<br>b <!-- note -->\n'
    kept = body(text)
    assert '<a id="every"></a>' in kept
    assert "<p><a" not in kept
    assert "<details><summary>A &amp; B</summary>" in kept
    assert "<p>a<br>b </p>" in kept


def test_a_picture_is_in_the_page_and_sharp_where_it_can_be() -> None:
    found = read(page("t", '![a "b" *c*](figures/cost.png)', {"figures/cost.png": PNG, "figures/cost.svg": SVG}))
    (image,) = found.images
    assert image["alt"] == 'a "b" c'
    assert image["src"] == "data:image/svg+xml;base64," + base64.b64encode(SVG).decode()
    found = read(page("t", "![x](figures/a%20b.png)", {"figures/a b.png": PNG}))
    assert found.images[0]["src"] == "data:image/png;base64," + base64.b64encode(PNG).decode()


def test_a_picture_that_lies_elsewhere_is_words() -> None:
    for address in ("https://example.org/x.png", "//example.org/x.png", "/x.png", "data:image/png;base64,AAAA"):
        assert body(f"![words]({address})") == "<p>words</p>\n"


def test_a_picture_that_was_not_given_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"'figures/cots\.png', which is not among .*: the nearest is 'figures/cost"):
        page("t", "![x](figures/cots.png)", {"figures/cost.svg": SVG, "figures/effects.svg": SVG})
    with pytest.raises(ValueError, match="there is none"):
        page("t", "![x](figures/cost.png)", {})


def test_a_diagram_is_closed_and_its_text_kept() -> None:
    text = body('```mermaid\ngraph LR\n  a["<x>"] --> b\n```\n')
    assert text.startswith('<details class="diagram"><summary>')
    assert "a[&quot;&lt;x&gt;&quot;] --&gt; b" in text
    assert "<details" not in body("```yaml\na: 1\n```\n")


def test_numbers_stand_to_the_right_and_tables_in_a_box() -> None:
    text = body("| a | n |\n| - | -: |\n| x | 1 |\n")
    assert '<div class="table" tabindex="0">\n<table>' in text
    assert '<td style="text-align:right">1</td>' in text


def test_the_contents_lead_to_every_section_and_only_there() -> None:
    reader = read(page("t", "# Title\n\n## In *short*\n\n### Deeper\n\n## `code` & more\n\n## In short\n\n## !\n", {}))
    assert reader.links == ["#in-short", "#code--more", "#in-short-1"]
    assert reader.words["nav"][0].split("\n")[2:5] == ["In short", "code & more", "In short"]
    assert "<nav" not in page("t", "# Title\n\n## One\n", {})


def test_an_anchor_stands_for_the_heading_of_its_name() -> None:
    text = page("t", '<a id="comparison"></a>\n\n## Comparison\n\n## Data\n\n[there](#comparison)', {})
    assert read(text).ids == ["comparison", "data"]


def test_headings_have_the_addresses_that_github_gives_them() -> None:
    addresses = Addresses()
    given = [
        addresses.give(text)
        for text in (
            "Every number",
            "Every number",
            "p-values, 95 % & more?",
            "A · B",
            "model.layer_x",
            "Größe η²",
            "Every number 1",
            "!",
        )
    ]
    assert given == [
        "every-number",
        "every-number-1",
        "p-values-95---more",
        "a--b",
        "modellayer_x",
        "größe-η",
        "every-number-1-1",
        "",
    ]


@pytest.mark.parametrize("report", sorted(REPORTS.glob("*/report.md")), ids=lambda path: path.parent.name)
def test_the_reports_that_ship_make_sound_pages(report: Path) -> None:
    files = report.parent.glob("figures/*")
    pictures = {file.relative_to(report.parent).as_posix(): file.read_bytes() for file in files}
    markdown = report.read_text()
    reader = read(page(report.parent.name, markdown, pictures))
    assert len(reader.images) == markdown.count("](figures/")
    assert all("image/svg+xml" in str(image["src"]) for image in reader.images)
    plain = re.sub(r'<a id="[^"]*"></a>|\[([^]\[]*)\]\(#[^)]*\)', r"\1", markdown)
    cells = [cell.strip() for line in plain.splitlines() if line.startswith("| ") for cell in line[1:-1].split("|")]
    shown = sorted(cell for cell in cells if not re.fullmatch("-+:?", cell) and "\\" not in cell)
    assert set(shown) <= {word.strip() for tag in ("td", "th") for word in reader.words[tag]}


def test_the_page_forbids_all_but_its_own_style_and_pictures() -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page("t", "", {}))
    assert policy is not None
    assert policy.group(1) == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def test_the_same_report_gives_the_same_page() -> None:
    markdown = "# A\n\n## B\n\n![x](a.png)\n\n## C\n"
    assert page("t", markdown, {"a.png": PNG}) == page("t", markdown, {"a.png": PNG})


@pytest.mark.parametrize(
    "planted",
    [
        "<script>",
        "<p onclick='x'></p>",
        "<img src='https://example.org/x.png'>",
        "<p>",
        "</p>",
        "<p><b></p></b>",
        "<a id='x'></a><a id='x'></a>",
        "<!-- x -->",
        "<a href='#nowhere'></a>",
    ],
)
def test_the_reading_itself_sees_what_is_wrong(planted: str) -> None:
    with pytest.raises(AssertionError):
        read(page("t", "x", {}).replace("<main>", "<main>" + planted))
