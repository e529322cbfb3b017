"""A table as LaTeX: every cell is in it, none is read as a command, and LaTeX sets it."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ablate.reporting.forms.latex import latex
from ablate.reporting.forms.tex import SIGNS, tex
from ablate.reporting.table import Table

ASCII = "".join(map(chr, range(0x20, 0x7F)))
CELLS = ASCII + "±−×·–…†‡§≥≤δαη→★éÅßš"
EFFECTS = Table(
    ("factor", "level", "accuracy (%)"),
    "llr",
    (("sharing", "spatial", "94.6 ± 0.3 %"), ("sharing", "head", "94.0 %"), ("window", "3", "–")),
)


def rows_of(text: str) -> list[list[str]]:
    """The cells between the rules, as LaTeX would part them."""
    found = text.split(r"\midrule")[1].split(r"\bottomrule")[0].replace(r"\addlinespace", "")
    lines = [line.strip() for line in re.split(r"\\\\\n", found) if line.strip()]
    return [[cell.strip() for cell in re.split(r"(?<!\\)&", line)] for line in lines]


def read(written: str) -> str:
    """What LaTeX would set, for the characters of `CELLS`."""
    signs = sorted(
        ((tex(character), character) for character in CELLS if character != " "), key=lambda pair: -len(pair[0])
    )
    either = re.compile("|".join(re.escape(sign) for sign, _ in signs))
    return either.sub(lambda found: dict(signs)[found[0]], re.sub(r"(?<=[-'])\{\}(?=[-'])", "", written))


def test_a_table_is_set_in_the_style_of_booktabs() -> None:
    assert latex(EFFECTS, "Main effects, 95 %", "tab:main effects", ("A note & more",), is_grouped=True) == (
        "% Needs \\usepackage{booktabs}.\n"
        "\\begin{table}\n"
        "  \\centering\n"
        "  \\caption{Main effects, 95 \\%}\n"
        "  \\label{tab:main-effects}\n"
        "  \\par\\smallskip\n"
        "  \\makebox[\\linewidth][c]{\\begin{tabular}{@{}llr@{}}\n"
        "    \\toprule\n"
        "    factor & level & accuracy (\\%) \\\\\n"
        "    \\midrule\n"
        "    sharing & spatial & 94.6 $\\pm$ 0.3 \\% \\\\\n"
        "     & head & 94.0 \\% \\\\\n"
        "    \\addlinespace\n"
        "    window & 3 & \\textendash{} \\\\\n"
        "    \\bottomrule\n"
        "  \\end{tabular}}\n"
        "  \\par\\smallskip\n"
        "  \\begin{minipage}{\\linewidth}\\footnotesize\n"
        "    A note \\& more\\par\n"
        "  \\end{minipage}\n"
        "\\end{table}\n"
    )


def test_rows_are_grouped_only_where_that_is_asked_for_and_something_repeats() -> None:
    assert [row[0] for row in rows_of(latex(EFFECTS, "", "x"))] == ["sharing", "sharing", "window"]
    assert r"\addlinespace" not in latex(EFFECTS, "", "x")
    alone = Table(("a", "b"), "ll", (("x", "1"), ("y", "1"), ("x", "1")))
    assert latex(alone, "", "x", is_grouped=True) == latex(alone, "", "x")


def test_a_heading_wider_than_its_column_takes_several_lines() -> None:
    text = latex(Table(("training time", "n"), "rl", (("8.2 s", "1"),)), "", "x")
    assert r"\begin{tabular}[b]{@{}r@{}}training \\ time\end{tabular} & n \\" in text


@pytest.mark.parametrize(
    ("width", "size"),
    [(20, None), (40, r"\small"), (44, r"\footnotesize"), (60, r"\scriptsize"), (200, r"\scriptsize")],
)
def test_letters_get_smaller_as_the_table_gets_wider(width: int, size: str | None) -> None:
    text = latex(Table(("a", "b"), "ll", (("x" * width, "y" * (width - 4)),)), "", "x")
    assert re.findall(r"\\(?:small|footnotesize|scriptsize)\b", text) == ([size] if size else [])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a & b_c 5 % #1 {x} $y$", r"a \& b\_c 5 \% \#1 \{x\} \$y\$"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("~ ^", r"\textasciitilde{} \textasciicircum{}"),
        ("p <0.001 | >2", "p $<$0.001 $|$ $>$2"),
        ("[30, 60] *", "{[}30, 60{]} {*}"),
        ("--flag --- ''", "-{}-flag -{}-{}- '{}'"),
        ("a\n b\t\tc ", "a b c"),
        ("10⁻¹² x₁₂ η²", "10$^{-12}$ x$_{12}$ $\\eta$$^{2}$"),
        ("−0.3 ± 1 × 2 · – …", r"$-$0.3 $\pm$ 1 $\times$ 2 $\cdot$ \textendash{} \ldots{}"),
        ("† ‡ § ≤ ≥ → ★", r"$\dagger$ $\ddagger$ $\mathsection$ $\leq$ $\geq$ $\to$ $\star$"),
        ("δ α η Δ λ \u00b5 \u03bc", r"$\delta$ $\alpha$ $\eta$ $\Delta$ $\lambda$ $\mu$ $\mu$"),
        ("é e\u0301 Å ñ š", r"\'{e} \'{e} \r{A} \~{n} \v{s}"),
        ("½ ﬁ Ａ", "1/2 fi A"),
        ("中 🙂 Ж", "{[}U+4E2D{]} {[}U+1F642{]} {[}U+0416{]}"),
        ("a\x1b\u200bb", "ab"),
        ("", ""),
    ],
)
def test_text_is_set_as_it_stands(text: str, written: str) -> None:
    assert tex(text) == written


def test_every_cell_survives(chance: random.Random) -> None:
    def text() -> str:
        return " ".join("".join(chance.choices(CELLS, k=chance.randrange(1, 9))).split())

    for _ in range(40):
        rows = tuple((text(), text(), text()) for _ in range(5))
        written = latex(Table(("a", "b", "c"), "lrl", rows), text(), text(), (text(),))
        assert written.isascii()
        assert [[read(cell) for cell in row] for row in rows_of(written)] == [list(row) for row in rows]
        bare = re.sub(r"\\[{}]", "", written)
        assert bare.count("{") == bare.count("}")


def test_the_same_table_gives_the_same_text() -> None:
    assert latex(EFFECTS, "a", "b", ("c",)) == latex(EFFECTS, "a", "b", ("c",))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_pdflatex_sets_every_sign_there_is_with_booktabs_alone(tmp_path: Path, chance: random.Random) -> None:
    spaced = " ".join(ASCII)
    known = [*ASCII, *SIGNS, *map(chr, range(0xA1, 0x250))]
    some = [chr(chance.randrange(0x250, 0x11000)) for _ in range(200)]
    rows = tuple((character, f"{character}{character} x{character}", "\\\\") for character in (*known, *some))
    tables = [Table(("&", "#1", "\\"), "lrl", rows[start : start + 40]) for start in range(0, len(rows), 40)]
    text = "\n\\clearpage\n".join(
        latex(table, spaced, ASCII, (spaced,), is_grouped=True) for table in (*tables, EFFECTS)
    )
    source = f"\\documentclass{{article}}\n\\usepackage{{booktabs}}\n\\begin{{document}}\n{text}\\end{{document}}\n"
    (tmp_path / "table.tex").write_text(source, encoding="ascii")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "table.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)
    log = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, log[-2000:]
    assert "Missing character" not in log
    assert "Overfull" not in log
