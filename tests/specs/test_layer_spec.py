from __future__ import annotations

import pytest
from pydantic import ValidationError

from ablate.specs import Connectivity, Dynamics, LayerSpec, ModelSpec, Sharing

GRID = [
    LayerSpec(connectivity=c, window=w, shift=shift, sharing=s, heads=2, dynamics=d, position_bias=bias, reduction=r)
    for c in Connectivity
    for w in (2, 3)
    for shift in (False, True)
    for s in Sharing
    for d in Dynamics
    for bias in (False, True)
    for r in (2, 4)
]

REFUSALS = {
    "inhomogeneous-spatial": (
        LayerSpec(sharing="spatial", dynamics="inhomogeneous"),
        "dynamics inhomogeneous predicts weights at every position, sharing spatial gives all positions the same "
        "weights: the mean of the former is dynamics se; use sharing head or none, or se",
    ),
    "inhomogeneous-both": (
        LayerSpec(sharing="both", dynamics="inhomogeneous"),
        "dynamics inhomogeneous predicts weights at every position, sharing both gives all positions the same "
        "weights: the mean of the former is dynamics se; use sharing head or none, or se",
    ),
    "attention-point": (
        LayerSpec(connectivity="point"),
        "attention over a single neighbour is the identity (its softmax is 1): use a window of 3 or more",
    ),
    "attention-window-1": (
        LayerSpec(window=1),
        "attention over a single neighbour is the identity (its softmax is 1): use a window of 3 or more",
    ),
    "heads": (LayerSpec(heads=5), "heads 5 does not divide 12 channels: use one of 1, 2, 3, 4, 6, 12"),
    "even": (LayerSpec(window=4), "a sliding window of 4 has no centre: use an odd window, or connectivity block"),
    "beyond": (
        LayerSpec(window=21),
        "a sliding window of 21 reaches beyond the whole map of 7x10: use a window of at most 19",
    ),
    "block": (
        LayerSpec(connectivity="block", window=8),
        "a block window of 8 is larger than the map of 7x10: use a window of at most 7, or connectivity global",
    ),
    "oversize-static": (
        LayerSpec(connectivity="global", sharing="none", dynamics="static", weight_limit=58_799),
        "dynamics static with sharing none needs 58,800 weights in one layer (12 channels, 7x10 map), "
        "above weight_limit 58,799: use fewer heads, a smaller map, or raise weight_limit",
    ),
    "oversize-se": (
        LayerSpec(heads=2, dynamics="se", weight_limit=3_779),
        "dynamics se with sharing head needs 3,780 weights in one layer (12 channels, 7x10 map), "
        "above weight_limit 3,779: use fewer heads, a smaller map, or raise weight_limit",
    ),
    "oversize-inhomogeneous": (
        LayerSpec(connectivity="global", heads=2, dynamics="inhomogeneous", weight_limit=419),
        "dynamics inhomogeneous with sharing head needs 420 weights in one layer (12 channels, 7x10 map), "
        "above weight_limit 419: use fewer heads, a smaller map, or raise weight_limit",
    ),
}


@pytest.mark.parametrize(("spec", "message"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_says_what_is_wrong_and_what_to_do(spec: LayerSpec, message: str) -> None:
    assert spec.refusal(12, 7, 10) == message


@pytest.mark.parametrize("case", [name for name in REFUSALS if name.startswith("oversize")])
def test_a_layer_at_its_limit_is_allowed(case: str) -> None:
    spec = REFUSALS[case][0]
    assert spec.model_copy(update={"weight_limit": spec.weight_limit + 1}).refusal(12, 7, 10) is None


def test_the_limits_of_the_published_sizes_are_those_of_the_paper() -> None:
    sliding = LayerSpec(window=7, heads=3, dynamics="se")
    whole = LayerSpec(connectivity="global", heads=3, dynamics="se")
    hidden = 96 // 4
    assert hidden * sliding.weights_per_image(96, 56, 56) == 11_063_808
    assert hidden * whole.weights_per_image(96, 56, 56) == 708_083_712
    assert "11,063,808 weights" in (sliding.refusal(96, 56, 56) or "")


@pytest.mark.parametrize(
    ("spec", "groups", "neighbours", "offsets", "weights"),
    [
        (LayerSpec(window=3, sharing="spatial"), 12, 9, 9, 12 * 9),
        (LayerSpec(window=5, sharing="both", heads=3), 3, 25, 25, 3 * 25),
        (LayerSpec(window=3, sharing="none"), 12, 9, 9, 12 * 70 * 9),
        (LayerSpec(connectivity="block", window=4, sharing="head", heads=2), 2, 16, 49, 2 * 16 * 16),
        (LayerSpec(connectivity="block", window=4, sharing="spatial"), 12, 16, 49, 12 * 49),
        (LayerSpec(connectivity="global", sharing="head", heads=2), 2, 70, 13 * 19, 2 * 70 * 70),
        (LayerSpec(connectivity="point", sharing="both", heads=2), 2, 1, 1, 2),
    ],
)
def test_the_counts_of_a_cell(spec: LayerSpec, groups: int, neighbours: int, offsets: int, weights: int) -> None:
    assert spec.groups(12) == groups
    assert spec.neighbours(7, 10) == neighbours
    assert spec.offsets(7, 10) == offsets
    assert spec.weights_per_image(12, 7, 10) == weights


def test_every_cell_is_defined_or_refused_by_the_table() -> None:
    for spec in GRID:
        shares_positions = spec.sharing in (Sharing.SPATIAL, Sharing.BOTH)
        contradicts = spec.dynamics is Dynamics.INHOMOGENEOUS and shares_positions
        is_identity = spec.dynamics is Dynamics.ATTENTION and spec.connectivity is Connectivity.POINT
        has_no_centre = spec.connectivity is Connectivity.SLIDING and spec.window == 2
        assert (spec.refusal(4, 5, 6) is not None) == (contradicts or is_identity or has_no_centre)


def test_the_canonical_form_resets_exactly_what_a_cell_does_not_read() -> None:
    changed = {"window": 5, "shift": True, "heads": 2, "position_bias": False, "reduction": 2}
    unread = {
        LayerSpec(sharing="head", dynamics="attention", **changed): {"shift", "reduction"},
        LayerSpec(sharing="spatial", dynamics="static", **changed): {"shift", "heads", "position_bias", "reduction"},
        LayerSpec(sharing="none", dynamics="se", **changed): {"shift", "heads", "position_bias"},
        LayerSpec(connectivity="block", sharing="both", dynamics="se", **changed): {"position_bias"},
        LayerSpec(connectivity="global", sharing="head", dynamics="attention", **changed): {
            "window",
            "shift",
            "reduction",
        },
        LayerSpec(connectivity="point", sharing="both", dynamics="static", **changed): {
            "window",
            "shift",
            "position_bias",
            "reduction",
        },
    }
    for spec, fields in unread.items():
        reset = {field: getattr(LayerSpec(), field) for field in fields}
        assert spec.canonical() == spec.model_copy(update=reset), spec


def test_the_canonical_form_is_its_own_and_is_refused_for_the_same_reason() -> None:
    for spec in GRID:
        canonical = spec.canonical()
        assert canonical.canonical() == canonical
        assert (canonical.refusal(4, 5, 6) is None) == (spec.refusal(4, 5, 6) is None)


def test_the_limit_on_weights_is_not_part_of_the_function() -> None:
    assert LayerSpec(weight_limit=7).canonical() == LayerSpec().canonical()


def test_a_layer_is_frozen_and_closed() -> None:
    with pytest.raises(ValidationError):
        LayerSpec(sharing="channel")
    with pytest.raises(ValidationError):
        LayerSpec.model_validate({"windows": 3})
    with pytest.raises(ValidationError):
        LayerSpec().window = 5


MODEL_REFUSALS = {
    "isotropic": (
        ModelSpec(backbone="isotropic"),
        "an isotropic backbone has one stage, model.widths has 2: give one width and one depth",
    ),
    "depths": (
        ModelSpec(depths=(1, 2, 3)),
        "model.depths has 3 entries, model.widths has 2: give one for each stage",
    ),
    "heads": (
        ModelSpec(heads_per_stage=(4,)),
        "model.heads_per_stage has 1 entries, model.widths has 2: give one for each stage",
    ),
    "patch": (ModelSpec(patch_size=9), "model.patch_size 9 is larger than the image of 8x11"),
    "layer": (
        ModelSpec(layer=LayerSpec(connectivity="block", window=5)),
        "stage 2: a block window of 5 is larger than the map of 4x6: use a window of at most 4, or connectivity global",
    ),
    "one-stage": (
        ModelSpec(widths=(12,), depths=(1,), layer=LayerSpec(heads=5)),
        "heads 5 does not divide 12 channels: use one of 1, 2, 3, 4, 6, 12",
    ),
}


@pytest.mark.parametrize(("spec", "message"), MODEL_REFUSALS.values(), ids=MODEL_REFUSALS)
def test_a_model_is_refused_with_the_stage_that_cannot_be(spec: ModelSpec, message: str) -> None:
    assert spec.refusal(8, 11) == message


def test_stages_halve_the_map_rounding_up_and_take_their_own_heads() -> None:
    spec = ModelSpec(widths=(6, 8, 10), depths=(1, 2, 3), patch_size=3, heads_per_stage=(1, 2, 5))
    shapes = [(s.channels, s.depth, s.height, s.width, s.layer.heads) for s in spec.stages(13, 22)]
    assert shapes == [(6, 1, 5, 8, 1), (8, 2, 3, 4, 2), (10, 3, 2, 2, 5)]


def test_a_model_whose_layers_read_no_heads_is_the_same_with_any_heads() -> None:
    plain = ModelSpec(layer=LayerSpec(sharing="spatial"))
    assert plain.model_copy(update={"heads_per_stage": (2, 4)}).canonical() == plain.canonical()
    per_stage = ModelSpec(heads_per_stage=(2, 4), layer=LayerSpec(heads=8))
    assert per_stage.canonical() == ModelSpec(heads_per_stage=(2, 4))
    assert per_stage.canonical() != ModelSpec(heads_per_stage=(4, 4)).canonical()
