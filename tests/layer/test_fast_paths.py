from __future__ import annotations

from itertools import product

import pytest
import torch

from ablate.errors import RefusedLayer
from ablate.layer import Backend, FactorizedLayer
from ablate.layer.connectivity import find_neighbours
from ablate.specs import Connectivity, Dynamics, LayerSpec, Sharing

CASES = [
    (LayerSpec(connectivity=c, window=w, shift=shift, sharing=s, heads=3, dynamics=d, reduction=2), height, width)
    for (c, w, shift), s, d, (height, width) in product(
        [
            (Connectivity.SLIDING, 3, False),
            (Connectivity.SLIDING, 5, False),
            (Connectivity.BLOCK, 3, False),
            (Connectivity.BLOCK, 3, True),
            (Connectivity.BLOCK, 2, True),
            (Connectivity.GLOBAL, 3, False),
            (Connectivity.POINT, 3, False),
        ],
        Sharing,
        Dynamics,
        [(4, 5), (3, 7)],
    )
]
CASES = [(spec, h, w) for spec, h, w in CASES if spec.refusal(6, h, w) is None]


def name(case: object) -> str:
    if isinstance(case, LayerSpec):
        return f"{case.connectivity}{case.window}{'-shifted' * case.shift}-{case.sharing}-{case.dynamics}"
    return str(case)


@pytest.mark.parametrize(("spec", "height", "width"), CASES, ids=name)
def test_every_backend_equals_the_reference_in_values_and_gradients(spec: LayerSpec, height: int, width: int) -> None:
    reference = FactorizedLayer(spec, 6, (height, width), backend=Backend.REFERENCE).double()
    values, source, direction = torch.randn(3, 2, height, width, 6, dtype=torch.float64)
    expected = run(reference, values, source, direction)
    for backend in (Backend.MATRIX, Backend.CONV):
        try:
            fast = FactorizedLayer(spec, 6, (height, width), backend=backend).double()
        except RefusedLayer:
            assert backend is Backend.CONV
            continue
        fast.load_state_dict(reference.state_dict())
        for path, found in run(fast, values, source, direction).items():
            torch.testing.assert_close(found, expected[path], rtol=1e-10, atol=1e-12, msg=lambda m, p=path: f"{p}: {m}")


def run(
    layer: FactorizedLayer, values: torch.Tensor, source: torch.Tensor, direction: torch.Tensor
) -> dict[str, torch.Tensor]:
    values, source = values.clone().requires_grad_(), source.clone().requires_grad_()
    output = layer(values, source)
    (output * direction).sum().backward()
    gradients = {path: p.grad for path, p in layer.named_parameters()} | {"values": values.grad, "source": source.grad}
    return {"output": output.detach()} | {path: grad for path, grad in gradients.items() if grad is not None}


def test_depth_wise_convolutions_take_the_convolution_path() -> None:
    for dynamics, sharing in product(
        (Dynamics.STATIC, Dynamics.SE, Dynamics.ATTENTION), (Sharing.SPATIAL, Sharing.BOTH)
    ):
        spec = LayerSpec(sharing=sharing, dynamics=dynamics)
        assert FactorizedLayer(spec, 6, (4, 5)).backend_used is Backend.CONV


def test_attention_in_a_sliding_window_takes_the_matrix_on_small_maps_alone() -> None:
    spec = LayerSpec(sharing=Sharing.HEAD, heads=4)
    assert FactorizedLayer(spec, 32, (8, 8)).backend_used is Backend.MATRIX
    assert FactorizedLayer(spec, 32, (56, 56)).backend_used is Backend.REFERENCE


def test_the_convolution_path_is_refused_where_positions_have_weights_of_their_own() -> None:
    with pytest.raises(RefusedLayer) as raised:
        FactorizedLayer(LayerSpec(), 6, (4, 5), backend=Backend.CONV)
    assert str(raised.value) == (
        "backend conv computes sliding windows with sharing spatial or both, "
        "got connectivity sliding with sharing head: use reference or matrix"
    )


def test_a_layer_follows_its_input_to_the_meta_device() -> None:
    with torch.device("meta"):
        layer = FactorizedLayer(LayerSpec(connectivity="block", window=3, shift=True), 6, (4, 5))
        assert layer(torch.empty(2, 4, 5, 6)).shape == (2, 4, 5, 6)
    assert find_neighbours(layer.spec, 4, 5).indices.device.type == "cpu"
