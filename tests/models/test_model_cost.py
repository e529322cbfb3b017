from __future__ import annotations

import pytest
import timm
import torch
from torch import nn

from ablate.models import build, cost
from ablate.specs import Costs, DatasetFacts, LayerSpec, ModelSpec

PHOTOGRAPHS = DatasetFacts(224, 224, 3, 1000, 1, 1, 1)


@pytest.mark.parametrize(
    ("width", "heads", "last_depth", "expected"),
    [
        (96, 3, 6, Costs(parameters=28_288_354, macs=4_490_566_656)),
        (128, 4, 18, Costs(parameters=87_768_224, macs=15_430_946_816)),
    ],
    ids=["tiny", "base"],
)
def test_swin_costs_what_its_paper_says_to_the_last_digit(
    width: int, heads: int, last_depth: int, expected: Costs
) -> None:
    spec = ModelSpec(
        patch_size=4,
        widths=(width, 2 * width, 4 * width, 8 * width),
        depths=(2, 2, last_depth, 2),
        heads_per_stage=(heads, 2 * heads, 4 * heads, 8 * heads),
        mlp_ratio=4,
        layer=LayerSpec(connectivity="block", window=7, shift=True),
    )
    with torch.device("meta"):
        model = build(spec, PHOTOGRAPHS)
    assert cost(model, 224, 224) == expected


def test_a_small_model_costs_what_one_counts_by_hand() -> None:
    layer = LayerSpec(window=3, sharing="spatial", dynamics="se", reduction=2)
    spec = ModelSpec(backbone="isotropic", widths=(4,), depths=(1,), patch_size=2, mlp_ratio=3, layer=layer)
    model = timm.create_model("ablate_isotropic", spec=spec, img_size=(6, 10), in_chans=3, num_classes=5)
    positions = 3 * 5
    macs = {
        "patch embedding": positions * 4 * 3 * 2 * 2,
        "value and projection": positions * 2 * 4 * 4,
        "prediction": 4 * 2 + 2 * 4 * 9,
        "aggregation": positions * 9 * 4,
        "mlp": positions * 2 * 4 * 12,
        "head": 4 * 5,
    }
    parameters = {
        "patch embedding": 4 * 12 + 4,
        "position embedding": positions * 4,
        "norms": 3 * 8,
        "value and projection": 2 * (16 + 4),
        "prediction": (4 * 2 + 2) + (2 * 36 + 36),
        "mlp": (48 + 12) + (48 + 4),
        "head": 4 * 5 + 5,
    }
    assert cost(model, 6, 10) == Costs(parameters=sum(parameters.values()), macs=sum(macs.values()))


def test_counting_leaves_no_trace() -> None:
    spec = ModelSpec(widths=(4, 6), drop_path=0.5, layer=LayerSpec(heads=2))
    model = build(spec, DatasetFacts(8, 8, 1, 10, 1, 1, 1))
    model.stages[0].eval()
    before = torch.random.get_rng_state()
    first = cost(model, 8, 8)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert model.training
    assert not model.stages[0].training
    assert model.stages[1].training
    assert not any(module._forward_hooks for module in model.modules())
    assert cost(model, 8, 8) == first


def test_a_frozen_parameter_is_not_counted_as_learned() -> None:
    model = build(ModelSpec(widths=(4, 6), layer=LayerSpec(heads=2)), DatasetFacts(8, 8, 1, 10, 1, 1, 1))
    whole = cost(model, 8, 8).parameters
    classifier = model.get_classifier()
    assert isinstance(classifier, nn.Linear)
    classifier.requires_grad_(requires_grad=False)
    assert whole - cost(model, 8, 8).parameters == 6 * 10 + 10
