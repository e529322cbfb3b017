from __future__ import annotations

import pytest
import timm
import torch
from timm.data import resolve_model_data_config

from ablate.errors import InputError
from ablate.models.hierarchical import HierarchicalBackbone
from ablate.models.isotropic import IsotropicBackbone
from ablate.specs import ModelSpec

TINY = {"widths": (4, 6), "depths": (1, 1), "layer": {"heads": 2}}


def test_timm_knows_both_backbones() -> None:
    assert timm.list_models("ablate_*") == ["ablate_hierarchical", "ablate_isotropic"]


def test_a_model_is_made_from_a_specification_or_from_what_differs_from_the_defaults() -> None:
    shape = {"img_size": (8, 9), "in_chans": 2, "num_classes": 5}
    whole = timm.create_model("ablate_hierarchical", spec=ModelSpec.model_validate(TINY), **shape)
    partly = timm.create_model("ablate_hierarchical", spec=TINY, **shape)
    assert isinstance(partly, HierarchicalBackbone)
    assert whole.spec == partly.spec
    assert partly(torch.randn(3, 2, 8, 9)).shape == (3, 5)


def test_an_isotropic_model_needs_no_specification() -> None:
    model = timm.create_model("ablate_isotropic", img_size=8, in_chans=1, num_classes=5)
    assert isinstance(model, IsotropicBackbone)
    assert (model.spec.widths, model.spec.depths) == ((64,), (4,))


def test_timms_data_tools_read_the_input_size() -> None:
    model = timm.create_model("ablate_hierarchical", spec=TINY, img_size=(12, 10), in_chans=3)
    assert resolve_model_data_config(model)["input_size"] == (3, 12, 10)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"drop_rate": 0.1},
            "unknown argument drop_rate: this model takes spec, img_size, in_chans, num_classes",
        ),
        (
            {"window": 3, "img_sise": 8},
            "unknown argument window, img_sise: this model takes spec, img_size, in_chans, num_classes",
        ),
        ({"pretrained": True}, "there are no pretrained weights of this model: leave out pretrained"),
        ({"spec": {"layer": {"window": 0}}}, "model.layer.window: Input should be greater than or equal to 1, got 0"),
        ({"spec": {"width": (4, 6)}}, "model.width: Extra inputs are not permitted, got (4, 6)"),
        (
            {"spec": ModelSpec(backbone="isotropic", widths=(4,), depths=(1,))},
            "model.backbone is isotropic, the model's name says hierarchical: make them agree",
        ),
        (
            {"spec": {"layer": {"heads": 3}}},
            "stage 1: heads 3 does not divide 32 channels: use one of 1, 2, 4, 8, 16, 32",
        ),
    ],
)
def test_what_a_model_cannot_use_is_refused_not_swallowed(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as raised:
        timm.create_model("ablate_hierarchical", **({"img_size": 8} | arguments))
    assert str(raised.value) == message
