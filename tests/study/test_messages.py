"""Wrong study files, and the one line that each of them gets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from ablate.errors import StudyError
from ablate.specs import StudySpec
from ablate.study.load import load_study


class Wrong(NamedTuple):
    name: str
    text: str | bytes
    message: str


# A factor, a baseline and a seed, for what can only be told of a study that is otherwise whole: lines 1 to 4.
WHOLE = """\
question: Why?
factors: {model.layer.sharing: [spatial, head], model.layer.window: [3, 5]}
baseline: {model.layer.sharing: head, model.layer.window: 3}
seeds: 2
"""
TOP = (
    "expected name, question, expects, program, settings, recipe, model, data, training, factors, design, fraction, "
    "off, combinations, baseline, exclude, when, overrides, match, tune, seeds, objective or resources"
)
PARTS = "name, training_images, split_seed, image_size, channels, classes, validation, root, download, held, workers"
DATA = PARTS.replace(", workers", " or workers")
LAYER = "expected connectivity, window, shift, sharing, heads, dynamics, position_bias, bias, reduction or weight_limit"

NOT_A_STUDY = [
    Wrong(
        "empty file",
        "",
        "study.yaml:1:1: expected a study (question, factors, baseline, seeds), got an empty file",
    ),
    Wrong(
        "only a comment",
        "# later\n",
        "study.yaml:1:1: expected a study (question, factors, baseline, seeds), got an empty file",
    ),
    Wrong(
        "a list on top",
        "- question\n- seeds\n",
        "study.yaml:1:1: expected keys such as question and factors, got [question, seeds]",
    ),
    Wrong(
        "plain text",
        "hello\n",
        "study.yaml:1:1: expected keys such as question and factors, got hello",
    ),
    Wrong(
        "not UTF-8",
        b"seeds: 3\nquestion: caf\xe9?\n",
        "study.yaml:2:14: expected UTF-8 text, got the byte 0xe9: save it as UTF-8",
    ),
    Wrong(
        "a control character",
        "seeds: 3\nquestion: why\x07\n",
        "study.yaml:2:14: the character U+0007 cannot stand in YAML",
    ),
    Wrong(
        "too large",
        "#" * 300_000,
        "study.yaml: expected a study file of at most 262,144 bytes, got more",
    ),
]

NOT_YAML = [
    Wrong(
        "indented by a tab",
        "model:\n\tpatch_size: 1\n",
        "study.yaml:2:1: a tab cannot stand here: indent with spaces",
    ),
    Wrong(
        "a colon in unquoted text",
        "question: Sharing: which axis?\n",
        'study.yaml:1:18: a second ": " in one value: put the text in quotes, or check the indentation',
    ),
    Wrong(
        "no colon",
        "question\nseeds\nfactors: 3\n",
        'study.yaml:3:8: a second ": " in one value: put the text in quotes, or check the indentation',
    ),
    Wrong(
        "a list that is never closed",
        "seeds: [1, 2\ndesign: factorial\n",
        "study.yaml:2:7: not YAML: expected ',' or ']', but got ':'",
    ),
    Wrong(
        "an unknown alias",
        "question: *other\n",
        "study.yaml:1:11: not YAML: found undefined alias 'other'",
    ),
    Wrong(
        "a value that holds itself",
        "seeds: &all [1, *all]\n",
        "study.yaml:1:8: expected a value, got an alias to something that holds it",
    ),
    Wrong(
        "a tag that runs code",
        "question: !!python/object/apply:os.system [ls]\n",
        'study.yaml:1:11: expected a plain value, got the tag "!!python/object/apply:os.system": leave it out',
    ),
    Wrong(
        "a tag that the value denies",
        "seeds: !!int three\n",
        "study.yaml:1:8: expected a value of the type !!int, got three",
    ),
    Wrong(
        "half a character",
        'question: "\\ud83d"\n',
        "study.yaml:1:11: expected text, got half of a surrogate pair",
    ),
    Wrong(
        "a character beyond Unicode",
        'question: "\\U00110000"\n',
        "study.yaml:1:14: expected the number of a character after the backslash",
    ),
    Wrong(
        "two documents",
        "seeds: 3\n---\nseeds: 4\n",
        "study.yaml:2:1: expected one study in the file, got a second document (---)",
    ),
    Wrong(
        "a key given twice",
        "seeds: 3\nquestion: Why?\nseeds: 4\n",
        "study.yaml:3:1: the key seeds is given twice, first on line 1",
    ),
    Wrong(
        "a list as a key",
        "question: Why?\n[a, b]: 3\n",
        "study.yaml:2:1: expected a name before the colon, got a list or a group",
    ),
]

SETTINGS = [
    Wrong(
        "unknown key",
        "question: Why?\nsede: 3\n",
        "study.yaml:2:1: unknown key sede: did you mean seeds?",
    ),
    Wrong(
        "unknown key that is like no other",
        "question: Why?\nzzz: 3\n",
        f"study.yaml:2:1: unknown key zzz: {TOP}",
    ),
    Wrong(
        "unknown key in a group",
        "data:\n  training_image: 300\n",
        "study.yaml:2:3: unknown key training_image in data: expected " + DATA + "; did you mean training_images?",
    ),
    Wrong(
        "unknown key two groups deep",
        "model:\n  layer: {windows: 3}\n",
        f"study.yaml:2:11: unknown key windows in model.layer: {LAYER}; did you mean window?",
    ),
    Wrong(
        "a value for a group",
        "data: digits\n",
        "study.yaml:1:7: data: expected settings (" + PARTS + "), got digits",
    ),
    Wrong(
        "nothing for a group",
        "data:\nseeds: 3\n",
        "study.yaml:1:6: data: expected settings (" + PARTS + "), got nothing",
    ),
    Wrong(
        "a misspelt choice",
        "model:\n  layer:\n    sharing: spatail\n",
        "study.yaml:3:14: model.layer.sharing: expected spatial, head, both or none, got spatail; "
        "did you mean spatial?",
    ),
    Wrong(
        "text for a number",
        "training: {learning_rate: fast}\n",
        "study.yaml:1:27: training.learning_rate: expected a number of more than 0, got fast",
    ),
    Wrong(
        "a quoted number",
        'training: {epochs: "30"}\n',
        'study.yaml:1:20: training.epochs: expected a whole number of at least 1, got "30"',
    ),
    Wrong(
        "a fraction for a whole number",
        "training: {epochs: 2.5}\n",
        "study.yaml:1:20: training.epochs: expected a whole number of at least 1, got 2.5",
    ),
    Wrong(
        "a truth for a number",
        "training: {epochs: true}\n",
        "study.yaml:1:20: training.epochs: expected a whole number of at least 1, got true",
    ),
    Wrong(
        "the truths of YAML 1.1",
        "model: {layer: {shift: on}}\n",
        "study.yaml:1:24: model.layer.shift: expected true or false, got on; did you mean true?",
    ),
    Wrong(
        "out of bounds",
        "training: {label_smoothing: 1.0}\n",
        "study.yaml:1:29: training.label_smoothing: expected a number of at least 0 and less than 1, got 1.0",
    ),
    Wrong(
        "not a number",
        "training: {learning_rate: .nan}\n",
        "study.yaml:1:27: expected a finite number, got .nan",
    ),
    Wrong(
        "more than a float holds",
        "training: {learning_rate: 1e999}\n",
        "study.yaml:1:27: expected a finite number, got 1e999",
    ),
    Wrong(
        "neither of two kinds",
        "data: {training_images: al}\n",
        "study.yaml:1:25: data.training_images: expected a whole number of at least 1, or all, got al; "
        "did you mean all?",
    ),
    Wrong(
        "a wrong entry of a list",
        "model: {widths: [32, wide]}\n",
        "study.yaml:1:22: model.widths, entry 2: expected a whole number of at least 1, got wide",
    ),
    Wrong(
        "a number for a list",
        "model: {widths: 32}\n",
        "study.yaml:1:17: model.widths: expected a list of at least one, each a whole number of at least 1, got 32",
    ),
    Wrong(
        "a question that is a number",
        "question: 42\n",
        "study.yaml:1:11: question: expected text, got 42",
    ),
    Wrong(
        "a name that is no directory's",
        "name: My Study\n",
        "study.yaml:1:7: name: expected at most 100 of a-z, 0-9 and _ . = -, the first a letter or digit, "
        "got My Study; did you mean my-study?",
    ),
    Wrong(
        "an unknown design",
        "design: factoral\n",
        "study.yaml:1:9: design: expected factorial, one-factor, leave-one-out, fraction or listed, got factoral; "
        "did you mean factorial?",
    ),
    Wrong(
        "an unknown metric",
        "objective: {metric: acuracy}\n",
        "study.yaml:1:21: objective.metric: expected accuracy or loss, got acuracy; did you mean accuracy?",
    ),
    Wrong(
        "a split that only imported numbers have",
        "objective: {split: unspecified}\n",
        "study.yaml:1:20: objective.split: expected train, validation or test, got unspecified",
    ),
    Wrong(
        "a unit, which only imported numbers are given",
        "objective: {unit: '%'}\n",
        "study.yaml:1:13: unknown key unit in objective: expected metric, split, direction or equivalence",
    ),
    *(
        Wrong(
            f"a margin of equivalence that is {wrong}",
            f"objective:\n  equivalence: {wrong}\n",
            f"study.yaml:2:16: objective.equivalence: expected a number of more than 0, or null, got {wrong}",
        )
        for wrong in ("0", "-0.005", "small", "true", "[0.005]")
    ),
    Wrong(
        "a margin of equivalence that is no number",
        "objective: {equivalence: .nan}\n",
        "study.yaml:1:26: expected a finite number, got .nan",
    ),
    Wrong(
        "a misspelt margin of equivalence",
        "objective: {equivalance: 0.005}\n",
        "study.yaml:1:13: unknown key equivalance in objective: expected metric, split, direction or equivalence; "
        "did you mean equivalence?",
    ),
    Wrong(
        "a margin that makes any two accuracies equivalent",
        "objective: {equivalence: 5}\n",
        "study.yaml:1:26: objective.equivalence: expected a difference of accuracies, as a fraction of less than 1 "
        "(0.005: half a percentage point), got 5",
    ),
    Wrong(
        "resources in words",
        "resources: {workers: many}\n",
        "study.yaml:1:22: resources.workers: expected a whole number of at least 1, or auto, got many",
    ),
]

SEEDS = [
    Wrong(
        "no seed",
        "seeds: 0\n",
        "study.yaml:1:8: seeds: expected how many (1 to 10,000), or a list of seeds, got 0",
    ),
    Wrong(
        "nothing for seeds",
        "seeds:\n",
        "study.yaml:1:7: seeds: expected how many (1 to 10,000), or a list of seeds, got nothing",
    ),
    Wrong(
        "an empty list of seeds",
        "seeds: []\n",
        "study.yaml:1:8: seeds: expected at least one seed, got an empty list",
    ),
    Wrong(
        "a seed twice",
        "seeds: [1, 2, 1]\n",
        "study.yaml:1:15: seeds: expected different seeds, got 1 twice",
    ),
    Wrong(
        "a negative seed",
        "seeds: [1, -1]\n",
        "study.yaml:1:12: seeds: expected whole numbers from 0 to 4294967295, got -1",
    ),
    Wrong(
        "a truth as a seed",
        "seeds: [0, true]\n",
        "study.yaml:1:12: seeds: expected whole numbers from 0 to 4294967295, got true",
    ),
]

FACTORS = [
    Wrong(
        "no factors",
        "factors: {}\n",
        "study.yaml:1:10: factors: expected at least one factor, got none",
    ),
    Wrong(
        "factors as a list",
        "factors: [model.layer.sharing]\n",
        "study.yaml:1:10: factors: expected a list of levels under each factor's name, got [model.layer.sharing]",
    ),
    Wrong(
        "a factor that is no setting",
        "factors:\n  model.layer.sharin: [spatial, head]\n",
        f"study.yaml:2:3: factor model.layer.sharin: model.layer has no sharin: {LAYER}; did you mean sharing?",
    ),
    Wrong(
        "a factor by the end of its path",
        "factors:\n  sharing: [spatial, head]\n",
        "study.yaml:2:3: factor sharing: no such setting: did you mean model.layer.sharing?",
    ),
    Wrong(
        "a factor that is a group",
        "factors:\n  model.layer: [spatial]\n",
        "study.yaml:2:3: factor model.layer: expected one setting, got all of model.layer: name one, "
        "such as model.layer.connectivity",
    ),
    Wrong(
        "a factor beyond a setting",
        "factors:\n  model.layer.window.size: [3]\n",
        "study.yaml:2:3: factor model.layer.window.size: model.layer.window is a single setting, it has no parts",
    ),
    Wrong(
        "the seed as a factor",
        "factors:\n  seed: [1, 2]\n",
        "study.yaml:2:3: seed is a replicate, never a factor: give seeds at the top of the file",
    ),
    Wrong(
        "a factor without levels",
        "factors:\n  model.layer.window: []\n",
        "study.yaml:2:23: model.layer.window: expected at least one level, got an empty list",
    ),
    Wrong(
        "one level without a list",
        "factors:\n  model.layer.window: 3\n",
        "study.yaml:2:23: model.layer.window: expected a list of levels, such as [a, b], got 3",
    ),
    Wrong(
        "an impossible level",
        "factors:\n  model.layer.sharing: [spatial, heads]\n",
        "study.yaml:2:34: model.layer.sharing: expected spatial, head, both or none, got heads; did you mean head?",
    ),
    Wrong(
        "a level twice",
        "factors:\n  model.layer.window: [3, 5, 3]\n",
        "study.yaml:2:30: model.layer.window: the level 3 is given twice",
    ),
    Wrong(
        "a level twice in two notations",
        "factors:\n  training.learning_rate: [1e-3, 0.001]\n",
        "study.yaml:2:34: training.learning_rate: the level 0.001 is given twice",
    ),
    Wrong(
        "two names for one level",
        "factors:\n  size:\n"
        "  - {name: small, set: {model.layer.window: 3}}\n"
        "  - {name: tiny, set: {model.layer.window: 3}}\n",
        "study.yaml:4:5: size: the levels small and tiny set the same values",
    ),
    Wrong(
        "a compound level without settings",
        "factors:\n  size: [{name: small}]\n",
        "study.yaml:2:10: size: expected a level {name: ..., set: {...}}, got one without set",
    ),
    Wrong(
        "an unknown key in a compound level",
        "factors:\n  size: [{nam: small}]\n",
        "study.yaml:2:11: unknown key nam in a level of size: expected name or set; did you mean name?",
    ),
    Wrong(
        "a compound level that sets what is not there",
        "factors:\n  size: [{name: small, set: {model.layr.window: 3}}]\n",
        "study.yaml:2:30: size, level small: model has no layr: expected backbone, widths, depths, patch_size, "
        "mlp_ratio, drop_path, heads_per_stage or layer; did you mean layer?",
    ),
    Wrong(
        "a compound level with a wrong value",
        "factors:\n  size: [{name: small, set: {model.layer.window: little}}]\n",
        "study.yaml:2:50: model.layer.window: expected a whole number of at least 1, got little",
    ),
    Wrong(
        "two factors for one setting",
        "factors:\n  model.layer.window: [3, 5]\n  size: [{name: large, set: {model.layer.window: 7}}]\n",
        "study.yaml:3:3: factor size sets model.layer.window, which factor model.layer.window also sets: "
        "let one factor set it",
    ),
]

COMBINATIONS = [
    Wrong(
        "a baseline without a factor",
        "factors: {model.layer.sharing: [spatial, head], model.layer.window: [3]}\n"
        "baseline: {model.layer.sharing: head}\n",
        "study.yaml:2:11: baseline: expected a level of every factor, got none of model.layer.window",
    ),
    Wrong(
        "a baseline outside the levels",
        "factors: {model.layer.window: [3, 5]}\nbaseline: {model.layer.window: 7}\n",
        "study.yaml:2:32: model.layer.window has no level 7: its levels are 3 and 5",
    ),
    Wrong(
        "a misspelt level in the baseline",
        "factors: {model.layer.sharing: [spatial, head]}\nbaseline: {model.layer.sharing: heat}\n",
        "study.yaml:2:33: model.layer.sharing has no level heat: its levels are spatial and head; did you mean head?",
    ),
    Wrong(
        "a baseline outside the factors",
        "factors: {model.layer.sharing: [spatial, head]}\nbaseline: {sharing: head}\n",
        "study.yaml:2:12: unknown factor sharing in baseline: expected model.layer.sharing; "
        "did you mean model.layer.sharing?",
    ),
    Wrong(
        "a baseline in one word",
        "factors: {model.layer.sharing: [spatial, head]}\nbaseline: head\n",
        "study.yaml:2:11: baseline: expected a level of every factor, such as {model.layer.sharing: spatial}",
    ),
    Wrong(
        "a rule that is not in a list",
        WHOLE + "exclude: {model.layer.window: 5}\n",
        "study.yaml:5:10: exclude: expected a list of rules, such as [{factor: level, other factor: level}]",
    ),
    Wrong(
        "an empty rule",
        WHOLE + "exclude: [{}]\n",
        "study.yaml:5:11: exclude: expected a rule that names a factor, got an empty one, which matches everything",
    ),
    Wrong(
        "a rule for a level that is not there",
        WHOLE + "exclude:\n- {model.layer.sharing: head, model.layer.window: [5, 9]}\n",
        "study.yaml:6:55: model.layer.window has no level 9: its levels are 3 and 5",
    ),
    Wrong(
        "a rule that matches nothing",
        WHOLE + "exclude:\n- {model.layer.window: 5}\n- {model.layer.window: 5, model.layer.sharing: head}\n",
        "study.yaml:7:3: this rule removes nothing: what it matches is removed by the rules above it",
    ),
    Wrong(
        "everything excluded",
        WHOLE + "exclude: [{model.layer.window: [3, 5]}]\n",
        "study.yaml:5:1: the rules of exclude leave nothing: all 4 combinations are removed",
    ),
    Wrong(
        "the baseline excluded",
        WHOLE + "exclude: [{model.layer.window: 3}]\n",
        "study.yaml:3:1: the baseline is excluded by the rule {model.layer.window: 3}: name another baseline",
    ),
    Wrong(
        "a refused combination",
        "question: Why?\n"
        "seeds: 2\n"
        "factors:\n"
        "  model.layer.dynamics: [inhomogeneous, attention]\n"
        "  model.layer.sharing: [spatial, head]\n"
        "  model.layer.window: [3, 5, 7]\n"
        "baseline: {model.layer.dynamics: attention, model.layer.sharing: head, model.layer.window: 3}\n",
        "study.yaml:3:1: model.layer.dynamics inhomogeneous with model.layer.sharing spatial cannot be run: stage 1: "
        "dynamics inhomogeneous predicts weights at every position, sharing spatial gives all positions the same "
        "weights: the mean of the former is dynamics se; use sharing head or none, or se; "
        "to leave it out (3 of 12 combinations): "
        "exclude: [{model.layer.dynamics: inhomogeneous, model.layer.sharing: spatial}]",
    ),
    Wrong(
        "a refused combination beside other rules",
        WHOLE.replace("[3, 5]", "[3, 4, 5]") + "exclude: [{model.layer.window: 5, model.layer.sharing: head}]\n",
        "study.yaml:2:1: model.layer.window 4 cannot be run: stage 1: a sliding window of 4 has no centre: use an odd "
        "window, or connectivity block; to leave it out (2 of 5 combinations): "
        "one more line under exclude: - {model.layer.window: 4}",
    ),
    Wrong(
        "a refused baseline",
        WHOLE + "model: {layer: {heads: 3}}\n",
        "study.yaml:2:1: model.layer.sharing head cannot be run: stage 1: heads 3 does not divide 32 channels: use one "
        "of 1, 2, 4, 8, 16, 32; to leave it out (2 of 4 combinations): exclude: [{model.layer.sharing: head}], "
        "and another baseline",
    ),
    Wrong(
        "a base that no level mends",
        WHOLE + "data:\n  name: digits\n  training_images: 5000\n",
        "study.yaml:7:3: no combination can be run: data.training_images is 5000, digits has 1077 to train on in "
        "10 classes: give 10 to 1077, or all",
    ),
    Wrong(
        "a factor of one refused level",
        "question: Why?\nfactors:\n  model.layer.window: [4]\nbaseline: {model.layer.window: 4}\nseeds: 2\n",
        "study.yaml:3:3: no combination can be run: stage 1: a sliding window of 4 has no centre: use an odd window, "
        "or connectivity block",
    ),
]

# Two factors of two levels, one of three: what designs and rules can be tried on. Lines 1 to 7.
THREE = """\
question: Why?
factors:
  model.layer.sharing: [spatial, head]
  model.layer.window: [3, 5]
  model.layer.dynamics: [static, se, attention]
baseline: {model.layer.sharing: head, model.layer.window: 3, model.layer.dynamics: attention}
seeds: 2
"""

DESIGNS = [
    Wrong(
        "a key of another design",
        WHOLE + "fraction: 1/2\n",
        "study.yaml:5:1: fraction is for design fraction, this is design factorial: change one of them",
    ),
    Wrong(
        "an off level outside leave-one-out",
        THREE + "design: one-factor\noff: {model.layer.dynamics: static}\n",
        "study.yaml:9:1: off is for design leave-one-out, this is design one-factor: change one of them",
    ),
    Wrong(
        "listed combinations of a factorial",
        WHOLE + "combinations: [{model.layer.window: 5}]\n",
        "study.yaml:5:1: combinations is for design listed, this is design factorial: change one of them",
    ),
    Wrong(
        "an off level that is not said",
        THREE + "design: leave-one-out\n",
        "study.yaml:5:3: leave-one-out: model.layer.dynamics has 2 levels beside the baseline's: name the one at which "
        "it is off, such as off: {model.layer.dynamics: static}",
    ),
    Wrong(
        "an off level that is on",
        WHOLE + "design: leave-one-out\noff: {model.layer.window: 3}\n",
        "study.yaml:6:7: off: model.layer.window is 3 in the baseline, which is the full model: "
        "name another level as off",
    ),
    Wrong(
        "an off level that is not there",
        WHOLE + "design: leave-one-out\noff: {model.layer.sharing: spatail}\n",
        "study.yaml:6:28: model.layer.sharing has no level spatail: its levels are spatial and head; "
        "did you mean spatial?",
    ),
    Wrong(
        "off in one word",
        WHOLE + "design: leave-one-out\noff: spatial\n",
        "study.yaml:6:6: off: expected the levels at which factors are off, got spatial",
    ),
    Wrong(
        "a fraction that is not said",
        WHOLE + "design: fraction\n",
        "study.yaml:5:1: design fraction needs fraction, such as fraction: 1/2",
    ),
    Wrong(
        "a fraction as a number",
        "fraction: 0.5\n",
        "study.yaml:1:11: fraction: expected 1/2, 1/4, 1/8 and so on, got 0.5",
    ),
    Wrong(
        "a fraction that is no power of two",
        "fraction: 1/3\n",
        "study.yaml:1:11: fraction: expected 1/2, 1/4, 1/8 and so on, got 1/3",
    ),
    Wrong(
        "a fraction of three levels",
        THREE + "design: fraction\nfraction: 1/2\n",
        "study.yaml:5:3: design fraction takes factors of two levels, model.layer.dynamics has 3: "
        "keep two of static, se and attention, or use another design",
    ),
    Wrong(
        "a fraction of two factors",
        WHOLE + "design: fraction\nfraction: 1/2\n",
        "study.yaml:6:1: no fraction of 2 factors can tell them apart: use design factorial, 4 combinations",
    ),
    Wrong(
        "a fraction too small",
        THREE.replace("[static, se, attention]", "[se, attention]") + "design: fraction\nfraction: 1/4\n",
        "study.yaml:9:1: 1/4 of the 8 combinations of 3 factors cannot tell the factors apart (resolution II): "
        "use 1/2, 4 combinations, or more",
    ),
    Wrong(
        "a fraction with rules",
        THREE.replace("[static, se, attention]", "[se, attention]")
        + "design: fraction\nfraction: 1/2\nexclude: [{model.layer.window: 5}]\n",
        "study.yaml:10:1: exclude cannot stand with design fraction, which is balanced only whole: "
        "take exclude out, or use design factorial",
    ),
    Wrong(
        "a fraction with a condition",
        THREE.replace("[static, se, attention]", "[se, attention]")
        + "design: fraction\nfraction: 1/2\nwhen: {model.layer.window: {model.layer.sharing: head}}\n",
        "study.yaml:10:1: when cannot stand with design fraction, which is balanced only whole: "
        "take when out, or use design factorial",
    ),
    Wrong(
        "a refused run of a fraction",
        THREE.replace("[static, se, attention]", "[inhomogeneous, attention]") + "design: fraction\nfraction: 1/2\n",
        "study.yaml:2:1: spatial · 3 · inhomogeneous cannot be run: stage 1: dynamics "
        "inhomogeneous predicts weights at every position, sharing spatial gives all positions the same weights: the "
        "mean of the former is dynamics se; use sharing head or none, or se; "
        "a fraction is balanced only whole: choose other levels, or use design factorial with exclude",
    ),
    Wrong(
        "no listed combinations",
        WHOLE + "design: listed\n",
        "study.yaml:5:1: design listed needs combinations, such as combinations: [{model.layer.sharing: head}]",
    ),
    Wrong(
        "listed combinations that are no list",
        WHOLE + "design: listed\ncombinations: {model.layer.window: 5}\n",
        "study.yaml:6:15: combinations: expected a list of levels by factor, such as [{factor: level}], got a group",
    ),
    Wrong(
        "a listed combination in one word",
        WHOLE + "design: listed\ncombinations: [head]\n",
        "study.yaml:6:16: combinations: expected levels by factor, {factor: level}, got head",
    ),
    Wrong(
        "a combination listed twice",
        WHOLE + "design: listed\ncombinations:\n- {model.layer.window: 5}\n"
        "- {model.layer.window: 5, model.layer.sharing: head}\n",
        "study.yaml:8:3: combinations: the combination head · 5 is listed twice",
    ),
    Wrong(
        "a listed factor that is not there",
        WHOLE + "design: listed\ncombinations: [{window: 5}]\n",
        "study.yaml:6:17: unknown factor window in combinations: expected model.layer.sharing or model.layer.window; "
        "did you mean model.layer.window?",
    ),
    Wrong(
        "a rule that no combination of the design matches",
        WHOLE + "design: one-factor\nexclude:\n- {model.layer.window: 5, model.layer.sharing: spatial}\n",
        "study.yaml:7:3: this rule removes nothing: design one-factor has no combination that it matches, "
        "or rules above it removed them",
    ),
]

RULES = [
    Wrong(
        "conditions as a list",
        WHOLE + "when: [model.layer.window]\n",
        "study.yaml:5:7: when: expected conditions, such as {factor: {other factor: level}}, got [model.layer.window]",
    ),
    Wrong(
        "a condition on no factor",
        WHOLE + "when: {model.layer.windows: {model.layer.sharing: head}}\n",
        "study.yaml:5:8: unknown factor model.layer.windows in when: "
        "expected model.layer.sharing or model.layer.window; did you mean model.layer.window?",
    ),
    Wrong(
        "a condition without levels",
        WHOLE + "when: {model.layer.window: head}\n",
        "study.yaml:5:28: when: expected levels of other factors at which model.layer.window varies, "
        "such as {factor: {other factor: level}}, got head",
    ),
    Wrong(
        "a condition on itself",
        WHOLE + "when: {model.layer.window: {model.layer.window: 3}}\n",
        "study.yaml:5:29: when: expected another factor, got model.layer.window, whose own condition this is",
    ),
    Wrong(
        "a condition with a level that is not there",
        WHOLE + "when: {model.layer.window: {model.layer.sharing: [head, heat]}}\n",
        "study.yaml:5:57: model.layer.sharing has no level heat: its levels are spatial and head; did you mean head?",
    ),
    Wrong(
        "a condition that always holds",
        WHOLE + "when: {model.layer.window: {model.layer.sharing: [spatial, head]}}\n",
        "study.yaml:5:8: this rule removes nothing: wherever the design varies model.layer.window, the others have "
        "these levels, or exclude removed it",
    ),
    Wrong(
        "overrides that are no list",
        WHOLE + "overrides: {set: {training.epochs: 10}}\n",
        "study.yaml:5:12: overrides: expected a list, such as [{where: {factor: level}, set: {setting: value}}], "
        "got a group",
    ),
    Wrong(
        "an override in one word",
        WHOLE + "overrides: [slow]\n",
        "study.yaml:5:13: overrides: expected {where: {factor: level}, set: {setting: value}}, got slow",
    ),
    Wrong(
        "an override with an unknown key",
        WHOLE + "overrides: [{wher: {model.layer.window: 5}, set: {training.epochs: 10}}]\n",
        "study.yaml:5:14: unknown key wher in overrides: expected where or set; did you mean where?",
    ),
    Wrong(
        "an override that sets nothing",
        WHOLE + "overrides: [{where: {model.layer.window: 5}}]\n",
        "study.yaml:5:13: overrides: expected {where: {factor: level}, set: {setting: value}}, got one without set",
    ),
    Wrong(
        "an override of everything",
        WHOLE + "overrides: [{where: {}, set: {training.epochs: 10}}]\n",
        "study.yaml:5:21: overrides: expected levels of factors under where, got a group: "
        "what holds for every combination belongs in model, data or training",
    ),
    Wrong(
        "an override without settings",
        WHOLE + "overrides: [{where: {model.layer.window: 5}, set: fast}]\n",
        "study.yaml:5:51: overrides: expected settings under set, got fast",
    ),
    Wrong(
        "an override of no setting",
        WHOLE + "overrides: [{where: {model.layer.window: 5}, set: {training.epoch: 10}}]\n",
        "study.yaml:5:52: overrides: training has no epoch: did you mean epochs?",
    ),
    Wrong(
        "an override with a wrong value",
        WHOLE + "overrides: [{where: {model.layer.window: 5}, set: {training.epochs: 0}}]\n",
        "study.yaml:5:69: training.epochs: expected a whole number of at least 1, got 0",
    ),
    Wrong(
        "an override of a factor",
        WHOLE + "overrides: [{where: {model.layer.window: 5}, set: {model.layer.sharing: both}}]\n",
        "study.yaml:5:52: overrides: model.layer.sharing is set by factor model.layer.sharing: let one of them set it, "
        "or make it a compound level",
    ),
    Wrong(
        "an override that nothing meets",
        WHOLE + "exclude: [{model.layer.window: 5, model.layer.sharing: spatial}]\n"
        "overrides:\n- {where: {model.layer.window: 5, model.layer.sharing: spatial}, set: {training.epochs: 10}}\n",
        "study.yaml:7:3: this override sets nothing: no combination of the design meets it",
    ),
]

FAIRNESS = [
    Wrong(
        "an unknown cost",
        WHOLE + "match: {cost: parameter}\n",
        "study.yaml:5:15: match.cost: expected parameters, macs or latency, got parameter; did you mean parameters?",
    ),
    Wrong(
        "a setting that does not scale",
        WHOLE + "match: {vary: model.width}\n",
        "study.yaml:5:15: match.vary: expected model.widths, model.depths or model.mlp_ratio, got model.width; "
        "did you mean model.widths?",
    ),
    Wrong(
        "a tolerance of everything",
        WHOLE + "match: {tolerance: 1}\n",
        "study.yaml:5:20: match.tolerance: expected a number of more than 0 and less than 1, got 1",
    ),
    Wrong(
        "a match to another combination",
        WHOLE + "match: {to: best}\n",
        "study.yaml:5:13: match.to: expected baseline, or a number of more than 0, got best",
    ),
    Wrong(
        "a match by a factor",
        WHOLE.replace("model.layer.window: [3, 5]", "model.mlp_ratio: [2, 4]").replace(
            "model.layer.window: 3", "model.mlp_ratio: 2"
        )
        + "match: {vary: model.mlp_ratio}\n",
        "study.yaml:5:9: match.vary: model.mlp_ratio is set by factor model.mlp_ratio: match by another setting, "
        "or take that out",
    ),
    Wrong(
        "a match by what an override sets",
        WHOLE + "overrides: [{where: {model.layer.window: 5}, set: {model.widths: [16, 32]}}]\nmatch: {}\n",
        "study.yaml:6:1: match.vary: model.widths is set by overrides: match by another setting, or take that out",
    ),
    Wrong(
        "tuning without a setting",
        WHOLE + "tune: {trials: 8}\n",
        "study.yaml:5:7: tune: expected at least one setting, such as "
        "{training.learning_rate: {low: 1e-4, high: 1e-2, log: true}, trials: 8}",
    ),
    Wrong(
        "tuning in one word",
        WHOLE + "tune: yes\n",
        "study.yaml:5:7: tune: expected settings and trials, such as "
        "{training.learning_rate: {low: 1e-4, high: 1e-2, log: true}, trials: 8}, got yes",
    ),
    Wrong(
        "tuning without a budget",
        WHOLE + "tune: {training.learning_rate: {low: 1e-4, high: 1e-2}}\n",
        "study.yaml:5:7: tune: expected trials, how many tries every combination gets, such as trials: 8",
    ),
    Wrong(
        "a tuned setting by the end of its path",
        WHOLE + "tune: {learning_rate: {low: 1e-4, high: 1e-2}, trials: 8}\n",
        "study.yaml:5:8: unknown key learning_rate in tune: expected trials, sampler, pruner or seed; "
        "a setting is named by its whole path: did you mean training.learning_rate?",
    ),
    Wrong(
        "a tuned setting that is not there",
        WHOLE + "tune: {training.learning_rat: {low: 1e-4, high: 1e-2}, trials: 8}\n",
        "study.yaml:5:8: tune: training has no learning_rat: did you mean learning_rate?",
    ),
    Wrong(
        "tuned data",
        WHOLE + "tune: {data.training_images: [100, 200], trials: 8}\n",
        "study.yaml:5:8: tune: expected a setting of model or training, got data.training_images: "
        "all train on the same images",
    ),
    Wrong(
        "a tuned setting with one value",
        WHOLE + "tune: {training.learning_rate: 1e-3, trials: 8}\n",
        "study.yaml:5:32: tune, training.learning_rate: expected a range {low: ..., high: ...} or a list of values, "
        "got 1e-3",
    ),
    Wrong(
        "a tuned list of one value",
        WHOLE + "tune: {training.learning_rate: [1e-3], trials: 8}\n",
        "study.yaml:5:32: tune, training.learning_rate: expected at least two values to choose from, got [0.001]",
    ),
    Wrong(
        "a tuned value twice",
        WHOLE + "tune: {training.learning_rate: [1e-3, 0.001], trials: 8}\n",
        "study.yaml:5:39: tune, training.learning_rate: the value 0.001 is given twice",
    ),
    Wrong(
        "a tuned list of lists",
        WHOLE + "tune: {model.widths: [[16, 32], [32, 64]], trials: 8}\n",
        "study.yaml:5:23: tune, model.widths: expected single values, got [16, 32]",
    ),
    Wrong(
        "a tuned value that the setting does not take",
        WHOLE + "tune: {training.optimizer: [adamw, adem], trials: 8}\n",
        "study.yaml:5:36: training.optimizer: expected one of 101 names, got adem; did you mean adam?",
    ),
    Wrong(
        "a range of names",
        WHOLE + "tune: {training.optimizer: {low: adamw, high: sgd}, trials: 8}\n",
        "study.yaml:5:28: tune, training.optimizer: this setting has no range, it takes one of a few: "
        "give a list of values",
    ),
    Wrong(
        "a range with an unknown key",
        WHOLE + "tune: {training.learning_rate: {low: 1e-4, hihg: 1e-2}, trials: 8}\n",
        "study.yaml:5:44: unknown key hihg in tune, training.learning_rate: expected low, high or log; "
        "did you mean high?",
    ),
    Wrong(
        "a range without an end",
        WHOLE + "tune: {training.learning_rate: {low: 1e-4}, trials: 8}\n",
        "study.yaml:5:32: tune, training.learning_rate: expected {low: ..., high: ...}, got no high",
    ),
    Wrong(
        "a range upside down",
        WHOLE + "tune: {training.learning_rate: {low: 1e-2, high: 1e-4}, trials: 8}\n",
        "study.yaml:5:32: tune, training.learning_rate: expected low below high, got 0.01 and 0.0001",
    ),
    Wrong(
        "a range to what the setting does not take",
        WHOLE + "tune: {training.label_smoothing: {low: 0.1, high: 1}, trials: 8}\n",
        "study.yaml:5:51: training.label_smoothing: expected a number of at least 0 and less than 1, got 1",
    ),
    Wrong(
        "a range of whole numbers from a half",
        WHOLE + "tune: {training.batch_size: {low: 0.5, high: 8}, trials: 8}\n",
        "study.yaml:5:35: training.batch_size: expected a whole number of at least 1, got 0.5",
    ),
    Wrong(
        "an end that is no number",
        WHOLE + "tune: {training.gradient_clip: {low: null, high: 8}, trials: 8}\n",
        "study.yaml:5:38: tune, training.gradient_clip, low: expected a number, got null",
    ),
    Wrong(
        "the logarithm of nothing",
        WHOLE + "tune: {training.weight_decay: {low: 0, high: 0.1, log: true}, trials: 8}\n",
        "study.yaml:5:37: tune, training.weight_decay: expected low above 0 for a range in the logarithm, got 0",
    ),
    Wrong(
        "a logarithm in words",
        WHOLE + "tune: {training.weight_decay: {low: 0, high: 0.1, log: natural}, trials: 8}\n",
        "study.yaml:5:56: tune, training.weight_decay, log: expected true or false, got natural",
    ),
    Wrong(
        "no tries",
        WHOLE + "tune: {training.weight_decay: {low: 0, high: 0.1}, trials: 0}\n",
        "study.yaml:5:60: tune.trials: expected a whole number from 1 to 10,000, got 0",
    ),
    Wrong(
        "a seed of tuning below nothing",
        WHOLE + "tune: {training.weight_decay: {low: 0, high: 0.1}, trials: 8, seed: -1}\n",
        "study.yaml:5:69: tune.seed: expected a whole number from 0 to 4,294,967,295, got -1",
    ),
    Wrong(
        "a seed of tuning that a replicate has",
        WHOLE + "tune: {training.weight_decay: {low: 0, high: 0.1}, trials: 8, seed: 1}\n",
        "study.yaml:5:63: seed 1 is both tuned with and a replicate's, which would repeat the best try with its luck: "
        "give tune.seed another, such as 1000",
    ),
    Wrong(
        "an unknown sampler",
        WHOLE + "tune: {training.weight_decay: {low: 0, high: 0.1}, trials: 8, sampler: tpa}\n",
        "study.yaml:5:72: tune.sampler: expected tpe, gp, cma-es, qmc or random, got tpa; did you mean tpe?",
    ),
    Wrong(
        "an unknown pruner",
        WHOLE + "tune: {training.weight_decay: {low: 0, high: 0.1}, trials: 8, pruner: meidan}\n",
        "study.yaml:5:71: tune.pruner: expected none, median, hyperband, successive-halving or wilcoxon, got meidan; "
        "did you mean median?",
    ),
    Wrong(
        "cma-es on a list",
        WHOLE + "tune: {training.optimizer: [adamw, sgd], trials: 8, sampler: cma-es}\n",
        "study.yaml:5:62: tune.sampler: cma-es takes ranges, and training.optimizer is a list: give a range, "
        "or use tpe or gp",
    ),
    Wrong(
        "cma-es on one setting",
        WHOLE + "tune: {training.weight_decay: {low: 0, high: 0.1}, trials: 8, sampler: cma-es}\n",
        "study.yaml:5:72: tune.sampler: cma-es needs at least two settings, got one: use tpe, gp or qmc",
    ),
    Wrong(
        "a tuned factor",
        WHOLE + "tune: {model.layer.window: [3, 5], trials: 8}\n",
        "study.yaml:5:8: tune: model.layer.window is set by factor model.layer.window: tune another setting, "
        "or take that out",
    ),
    Wrong(
        "a tuned setting of an override",
        WHOLE + "overrides: [{where: {model.layer.window: 5}, set: {training.epochs: 10}}]\n"
        "tune: {training.epochs: [5, 10], trials: 8}\n",
        "study.yaml:6:8: tune: training.epochs is set by overrides: tune another setting, or take that out",
    ),
    Wrong(
        "tuned and matched",
        WHOLE + "match: {vary: model.mlp_ratio}\ntune: {model.mlp_ratio: [2, 4], trials: 8}\n",
        "study.yaml:6:8: tune: model.mlp_ratio is what match varies: let one of them set it",
    ),
    Wrong(
        "tuning that changes the matched cost",
        WHOLE + "match: {}\ntune: {model.mlp_ratio: [2, 4], trials: 8}\n",
        "study.yaml:6:8: tune: model.mlp_ratio changes the cost that match holds equal: tune settings of training",
    ),
    Wrong(
        "a tuned value that cannot be run",
        WHOLE + "tune: {training.epochs: {low: 2, high: 30}, trials: 8}\n",
        "study.yaml:5:8: tune: training.epochs 2 cannot be run with spatial · 3: training.warmup_epochs 3 leaves "
        "nothing of training.epochs 2: warm up for fewer epochs than there are",
    ),
    Wrong(
        "a GPU and a half",
        "resources: {gpus_per_trial: 1.5}\n",
        "study.yaml:1:29: resources.gpus_per_trial: expected a whole number of GPUs, or an equal part of one "
        "(0.5, 0.33, 0.25, ...), got 1.5",
    ),
    Wrong(
        "a part of a GPU that leaves a rest",
        "resources: {gpus_per_trial: 0.3}\n",
        "study.yaml:1:29: resources.gpus_per_trial: expected a whole number of GPUs, or an equal part of one "
        "(0.5, 0.33, 0.25, ...), got 0.3",
    ),
    Wrong(
        "no attempts",
        "resources: {attempts: 0}\n",
        "study.yaml:1:23: resources.attempts: expected a whole number of at least 1, got 0",
    ),
]

# A program with settings of its own, and the factor, baseline and seeds that make it whole: lines 1 to 5.
OWN = """\
question: Why?
settings: {depth: 3, rate: 0.5, block: {width: 64}}
factors: {settings.depth: [3, 5]}
baseline: {settings.depth: 3}
seeds: 2
"""
CALLED = "program: python:my.train:run\n"

PROGRAMS = [
    Wrong(
        "settings without a program",
        OWN,
        "study.yaml:2:1: settings: nothing reads them: add the program that does, such as program: "
        "python:my_package.train:run",
    ),
    Wrong(
        "python and command",
        OWN + "program: {python: my.train:run, command: python train.py}\n",
        "study.yaml:6:10: program: expected python or command, got both: a trial runs one of them",
    ),
    Wrong(
        "neither",
        OWN + "program: my.train:run\n",
        'study.yaml:6:10: program: expected python:my_package.train:run or {command: "python train.py --seed {seed}"}, '
        'got "my.train:run"',
    ),
    Wrong(
        "a module without a function",
        OWN + "program: python:my.train\n",
        "study.yaml:6:10: program: expected a module and a function in it, such as python:my_package.train:run, got "
        '"python:my.train"',
    ),
    Wrong(
        "a misspelt key of program",
        OWN + "program: {comand: python train.py}\n",
        "study.yaml:6:11: unknown key comand in program: expected python or command; did you mean command?",
    ),
    Wrong(
        "a command that is no text",
        OWN + "program: {command: 3}\n",
        "study.yaml:6:20: program.command: expected text, got 3",
    ),
    Wrong(
        "a command whose quotation never ends",
        OWN + 'program: {command: "python \'train.py"}\n',
        "study.yaml:6:20: program.command: expected words as for a shell, got python 'train.py: No closing quotation",
    ),
    Wrong(
        "a misspelt placeholder",
        OWN + "program: {command: 'python train.py {sed}'}\n",
        "study.yaml:6:20: program.command: unknown {sed}: did you mean {seed}?",
    ),
    Wrong(
        "a placeholder of a setting that is not there",
        OWN + "program: {command: 'python train.py {settings.dept}'}\n",
        "study.yaml:6:20: program.command, {settings.dept}: settings has no dept: expected depth, rate or block; "
        "did you mean depth?",
    ),
    Wrong(
        "a placeholder without its section",
        OWN + "program: {command: 'python train.py {depth}'}\n",
        "study.yaml:6:20: program.command: unknown {depth}: did you mean {settings.depth}?",
    ),
    Wrong(
        "a factor that the settings do not have",
        OWN.replace("{settings.depth: [3, 5]}", "{settings.block.widht: [3, 5]}") + CALLED,
        "study.yaml:3:11: factor settings.block.widht: settings.block has no widht: expected width; "
        "did you mean width?",
    ),
    Wrong(
        "a level of another kind",
        OWN.replace("[3, 5]", "[3, 5.5]") + CALLED,
        "study.yaml:3:31: settings.depth: expected a whole number, got 5.5",
    ),
    Wrong(
        "a factor of all settings below",
        OWN.replace("{settings.depth: [3, 5]}", "{settings.block: [3, 5]}") + CALLED,
        "study.yaml:3:11: factor settings.block: expected one setting, got all of settings.block: name one, such as "
        "settings.block.width",
    ),
    Wrong(
        "an override of another kind",
        OWN + CALLED + "overrides: [{where: {settings.depth: 5}, set: {settings.rate: high}}]\n",
        "study.yaml:7:63: settings.rate: expected a number, got high",
    ),
    Wrong(
        "tuning a text by a range",
        OWN.replace("rate: 0.5", "rate: fast") + CALLED + "tune: {settings.rate: {low: 1, high: 2}, trials: 2}\n",
        "study.yaml:7:23: tune, settings.rate: this setting has no range, it takes one of a few: give a list of values",
    ),
    Wrong(
        "settings that are a list",
        OWN.replace("{depth: 3, rate: 0.5, block: {width: 64}}", "[1]") + CALLED,
        "study.yaml:2:11: settings: expected settings of your own, such as {depth: 3, dropout: 0.1}, got [1]",
    ),
    Wrong(
        "a setting whose name has a dot",
        OWN.replace("depth: 3, rate", "a.b: 3, rate") + CALLED,
        "study.yaml:2:12: settings: expected a name of letters, digits, _ and -, got a.b",
    ),
    Wrong(
        "a metric of one's own without a direction",
        OWN + CALLED + "objective: {metric: f1}\n",
        "study.yaml:7:12: objective: expected a direction, since f1 may be better either way: add direction: maximize, "
        "or minimize",
    ),
    Wrong(
        "a metric that no program can report",
        OWN + CALLED + "objective: {metric: 'F 1', direction: maximize}\n",
        "study.yaml:7:13: objective.metric: expected a name of at most 64 letters, digits and _ . -, the first a "
        "letter, got F 1",
    ),
    Wrong(
        "matching what is not known",
        OWN + CALLED + "match: {cost: macs}\n",
        "study.yaml:7:1: match: holds equal what the built-in models cost, and what a program trains is not known: "
        "take it out",
    ),
    Wrong(
        "processes that a program would not get",
        OWN + CALLED + "resources: {processes: 2}\n",
        "study.yaml:7:13: resources.processes: a program is one process, which may start others itself: take it out",
    ),
]

MISSING = [
    Wrong(
        "no question",
        WHOLE.replace("question: Why?\n", ""),
        "study.yaml:1:1: question is missing: add question, what the study is to find out",
    ),
    Wrong(
        "factors missing",
        "question: Why?\nseeds: 2\n",
        "study.yaml:1:1: factors is missing: add factors, what is varied, "
        "such as {model.layer.sharing: [spatial, head]}",
    ),
    Wrong(
        "baseline missing",
        "question: Why?\nseeds: 2\nfactors: {model.widths: [[32, 64], [16, 32]]}\n",
        "study.yaml:1:1: baseline is missing: add baseline, the combination that others are compared with, "
        'such as {model.widths: "[32, 64]"}',
    ),
    Wrong(
        "seeds missing",
        WHOLE.replace("seeds: 2\n", ""),
        "study.yaml:1:1: seeds is missing: add seeds, how many times every combination is run, such as 5",
    ),
]

TABLE = (
    NOT_A_STUDY + NOT_YAML + SETTINGS + SEEDS + FACTORS + COMBINATIONS + DESIGNS + RULES + FAIRNESS + PROGRAMS + MISSING
)

OVERRIDES = [
    ("data.training_images=al", "data.training_images: expected a whole number of at least 1, or all, got al; "
     "did you mean all?"),
    ("training_images=300", "unknown path training_images: did you mean data.training_images?"),
    ("data.training_image=300", "unknown key training_image in data: expected " + DATA + "; "
     "did you mean training_images?"),
    ("seeds=0", "seeds: expected how many (1 to 10,000), or a list of seeds, got 0"),
    ("seeds", "expected path=value, such as data.training_images=300"),
    ("name=other", "the name of a study is given by --name"),
    ("seeds=[1, 2", "not YAML: expected ',' or ']', but got '<stream end>'"),
    ("model.layer.window=7", "the study varies model.layer.window, so that this would change nothing: "
     "set factors.model.layer.window or baseline.model.layer.window"),
    ("tune=8", "tune: expected settings and trials, such as "
     "{training.learning_rate: {low: 1e-4, high: 1e-2, log: true}, trials: 8}, got 8"),
    ("when.model.layer.sharing=head", "when: expected levels of other factors at which model.layer.sharing varies, "
     "such as {factor: {other factor: level}}, got head"),
    ("model.layer.heads=3", "model.layer.sharing head cannot be run: stage 1: heads 3 does not divide 32 channels: use "
     "one of 1, 2, 4, 8, 16, 32; to leave it out (3 of 6 combinations): exclude: [{model.layer.sharing: head}], "
     "and another baseline"),
    ("data.training_images=5000", "no combination can be run: data.training_images is 5000, digits has 1077 to train "
     "on in 10 classes: give 10 to 1077, or all"),
]  # fmt: skip


@pytest.mark.parametrize("wrong", TABLE, ids=[wrong.name for wrong in TABLE])
def test_a_wrong_file_gets_its_one_line(wrong: Wrong, load: Callable[..., StudySpec]) -> None:
    with pytest.raises(StudyError) as caught:
        load(wrong.text)
    assert str(caught.value) == wrong.message


@pytest.mark.parametrize(("override", "message"), OVERRIDES, ids=[override for override, _ in OVERRIDES])
def test_a_wrong_override_is_named_instead_of_a_line(
    override: str, message: str, good: str, load: Callable[..., StudySpec]
) -> None:
    with pytest.raises(StudyError) as caught:
        load(good, override)
    assert str(caught.value) == f"--set {override}: {message}"


def test_an_override_given_twice_is_a_contradiction(good: str, load: Callable[..., StudySpec]) -> None:
    with pytest.raises(StudyError) as caught:
        load(good, "seeds=3", "seeds=4")
    assert str(caught.value) == "--set seeds=4: expected one value, got another --set of the same path before it"


def test_an_override_of_what_is_tuned_would_change_nothing(good: str, load: Callable[..., StudySpec]) -> None:
    tune = "tune: {training.learning_rate: [1e-3, 1e-2], trials: 2}\n"
    with pytest.raises(StudyError) as caught:
        load(good + tune, "training.learning_rate=0.1")
    assert str(caught.value) == (
        "--set training.learning_rate=0.1: the study tunes training.learning_rate, so that this would change nothing: "
        "set tune.training.learning_rate"
    )
    assert load(good + tune, "tune.training.learning_rate=[0.1, 0.2]").tune is not None


def test_a_file_that_the_system_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.chdir(tmp_path)
    Path("study.yaml").touch()
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StudyError, match=r"^study.yaml: cannot be read: Permission denied$"):
        load_study(Path("study.yaml"))


def test_the_file_without_the_mistakes_is_right(load: Callable[..., StudySpec]) -> None:
    assert len(load(WHOLE).factors) == 2


def test_a_path_that_is_not_a_study_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sharing.yaml").touch()
    for path, message in (
        ("sharin.yaml", "sharin.yaml: no such file; studies in .: sharing.yaml"),
        ("absent/sharing.yaml", "absent/sharing.yaml: no such file"),
        (".", ".: expected a study file, got a directory"),
        ("/dev/null", "/dev/null: expected a regular file, got a device or a pipe"),
    ):
        with pytest.raises(StudyError) as caught:
            load_study(Path(path))
        assert str(caught.value) == message


def test_the_exclude_line_of_a_refusal_can_be_pasted_in(load: Callable[..., StudySpec]) -> None:
    refused = next(wrong for wrong in COMBINATIONS if wrong.name == "a refused combination")
    line = refused.message.partition("combinations): ")[2]
    study = load(f"{refused.text!s}{line}\n")
    assert study.exclude == ({"model.layer.dynamics": "inhomogeneous", "model.layer.sharing": "spatial"},)


def test_the_first_problem_in_the_file_is_told_whatever_order_it_is_checked_in(load: Callable[..., StudySpec]) -> None:
    resources, training, between = "resources: {workers: 0}\n", "training: {epochs: 0, batch_size: 0}\n", "\n" * 8
    backwards = "training: {batch_size: 0, epochs: 0}\n"
    for text, place in (
        (f"\n{resources}{between}{training}", "2:22: resources"),
        (f"\n{training}{between}{resources}", "2:20: training.epochs"),
        (f"\n{backwards}{between}{resources}", "2:24: training.batch_size"),
    ):
        with pytest.raises(StudyError, match=f"study.yaml:{place}"):
            load(text)


def test_a_misspelt_key_is_told_before_the_key_that_is_missing_for_it(load: Callable[..., StudySpec]) -> None:
    with pytest.raises(StudyError, match="unknown key seedz"):
        load(WHOLE.replace("seeds", "seedz"))
