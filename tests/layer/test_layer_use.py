"""What a user of the layer meets: other maps, wrong shapes, mixed precision, costs, a name."""

from __future__ import annotations

import pytest
import torch

from ablate.errors import InputError, RefusedLayer
from ablate.layer import FactorizedLayer, layer_macs
from ablate.specs import LayerSpec

UNBOUND = [
    LayerSpec(sharing="spatial", dynamics="static"),
    LayerSpec(sharing="spatial", dynamics="se"),
    LayerSpec(sharing="head", dynamics="inhomogeneous"),
    LayerSpec(sharing="head", dynamics="attention"),
    LayerSpec(connectivity="block", sharing="head", dynamics="static"),
    LayerSpec(connectivity="block", sharing="none", dynamics="se"),
    LayerSpec(connectivity="global", sharing="head", dynamics="attention", position_bias=False),
    LayerSpec(connectivity="point", sharing="spatial", dynamics="static"),
]
BOUND = [
    LayerSpec(sharing="head", dynamics="static"),
    LayerSpec(sharing="none", dynamics="se"),
    LayerSpec(connectivity="global", sharing="spatial", dynamics="static"),
    LayerSpec(connectivity="global", sharing="head", dynamics="inhomogeneous"),
    LayerSpec(connectivity="global", sharing="head", dynamics="attention"),
    LayerSpec(connectivity="point", sharing="head", dynamics="static"),
]


@pytest.mark.parametrize("spec", UNBOUND, ids=lambda s: f"{s.connectivity}-{s.sharing}-{s.dynamics}")
@pytest.mark.parametrize(("height", "width"), [(5, 8), (3, 4), (1, 2)])
def test_a_layer_whose_parameters_know_no_map_takes_every_map(spec: LayerSpec, height: int, width: int) -> None:
    layer = FactorizedLayer(spec, 6, (4, 7))
    output = layer(torch.randn(2, height, width, 6))
    assert output.shape == (2, height, width, 6)
    assert bool(output.isfinite().all())


@pytest.mark.parametrize("spec", BOUND, ids=lambda s: f"{s.connectivity}-{s.sharing}-{s.dynamics}")
def test_a_layer_whose_parameters_belong_to_a_map_refuses_another(spec: LayerSpec) -> None:
    layer = FactorizedLayer(spec, 6, (4, 7))
    assert layer(torch.randn(2, 4, 7, 6)).shape == (2, 4, 7, 6)
    with pytest.raises(RefusedLayer) as raised:
        layer(torch.randn(2, 7, 4, 6))
    assert str(raised.value) == (
        f"the parameters of this layer ({layer.describe()}) belong to a map of 4x7, got 7x4: "
        "resize the map, or build a layer for 7x4"
    )


def test_another_number_of_channels_is_refused() -> None:
    layer = FactorizedLayer(LayerSpec(), 6, (4, 7))
    with pytest.raises(InputError) as raised:
        layer(torch.randn(2, 4, 7, 5))
    assert str(raised.value) == (
        "expected 6 channels on the last axis (batch x height x width x channels), "
        "got 5 in a tensor of shape (2, 4, 7, 5)"
    )


def test_weights_come_from_the_source_and_sums_are_of_the_values() -> None:
    layer = FactorizedLayer(LayerSpec(heads=2), 6, (4, 7)).double()
    values, source = torch.randn(2, 3, 4, 7, 6, dtype=torch.float64)
    torch.testing.assert_close(layer(values * 2, source), layer(values, source) * 2)
    torch.testing.assert_close(layer(values), layer(values, values))
    assert not torch.allclose(layer(values), layer(values, source))


def test_resetting_draws_other_weights_and_the_same_ones_from_the_same_seed() -> None:
    layer = FactorizedLayer(LayerSpec(dynamics="se"), 6, (4, 7))
    first = torch.cat([p.detach().flatten().clone() for p in layer.parameters()])
    torch.manual_seed(3)
    layer.reset_parameters()
    second = torch.cat([p.detach().flatten().clone() for p in layer.parameters()])
    torch.manual_seed(3)
    layer.reset_parameters()
    third = torch.cat([p.detach().flatten() for p in layer.parameters()])
    assert not torch.equal(first, second)
    assert torch.equal(second, third)


@pytest.mark.parametrize("spec", UNBOUND + BOUND, ids=lambda s: f"{s.connectivity}-{s.sharing}-{s.dynamics}")
def test_under_autocast_the_result_is_near_that_of_full_precision(spec: LayerSpec) -> None:
    layer = FactorizedLayer(spec, 6, (4, 7))
    values, source = torch.randn(2, 3, 4, 7, 6)
    exact = layer(values, source)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = layer(values.bfloat16(), source)
    assert rounded.dtype is torch.bfloat16
    rounded.float().square().sum().backward()
    torch.testing.assert_close(rounded.float(), exact, rtol=0.1, atol=0.1)


def test_under_autocast_attention_weights_are_still_normalised_in_float32() -> None:
    layer = FactorizedLayer(LayerSpec(connectivity="global", heads=2), 6, (16, 17))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        sums = layer(torch.ones(2, 16, 17, 6), torch.randn(2, 16, 17, 6))
    assert sums.dtype is torch.float32
    torch.testing.assert_close(sums, torch.ones_like(sums), rtol=0, atol=1e-6)


def test_a_layer_says_which_operator_of_the_literature_it_is() -> None:
    layer = FactorizedLayer(LayerSpec(connectivity="block", window=3, shift=True, heads=2), 6, (4, 7))
    assert layer.describe() == "shifted block 3x3 · head · attention: window attention of Swin"
    assert layer.describe() in repr(layer)


@pytest.mark.parametrize(
    ("spec", "generation"),
    [
        (LayerSpec(window=5, sharing="spatial", dynamics="static"), 0),
        (LayerSpec(window=5, sharing="spatial", dynamics="se", reduction=2), 6 * 3 + 3 * 6 * 25),
        (LayerSpec(window=5, heads=2, dynamics="inhomogeneous", reduction=3), 28 * (6 * 2 + 2 * 2 * 25)),
        (LayerSpec(window=5, heads=2), 2 * 28 * 36 + 28 * 25 * 6),
    ],
    ids=["static", "se", "inhomogeneous", "attention"],
)
def test_costs_are_those_of_the_paper(spec: LayerSpec, generation: int) -> None:
    assert layer_macs(spec, 6, 4, 7) == generation + 28 * 25 * 6
