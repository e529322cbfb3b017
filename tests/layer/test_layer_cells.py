"""What the switches promise, read off the layer's derivative with respect to its values."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import Tensor

from ablate.errors import RefusedLayer
from ablate.layer import FactorizedLayer
from ablate.layer.connectivity import find_neighbours
from ablate.layer.literature import OPERATORS
from ablate.specs import Connectivity, Dynamics, LayerSpec, Sharing

HEIGHT, WIDTH, CHANNELS, HEADS = 4, 5, 6, 2
POSITIONS = HEIGHT * WIDTH

GRID = [
    LayerSpec(connectivity=c, window=3, shift=shift, sharing=s, heads=HEADS, dynamics=d)
    for c, shift, s, d in product(Connectivity, (False, True), Sharing, Dynamics)
    if c is Connectivity.BLOCK or not shift
]
CELLS = [spec for spec in GRID if spec.refusal(CHANNELS, HEIGHT, WIDTH) is None]
REFUSED = [spec for spec in GRID if spec.refusal(CHANNELS, HEIGHT, WIDTH) is not None]


def name(spec: LayerSpec) -> str:
    return f"{spec.connectivity}{'-shifted' * spec.shift}-{spec.sharing}-{spec.dynamics}"


every_cell = pytest.mark.parametrize("spec", CELLS, ids=name)


def make(spec: LayerSpec) -> FactorizedLayer:
    """A layer in whose predictors every hidden unit is awake: six channels leave one unit, asleep half of the time."""
    layer = FactorizedLayer(spec, CHANNELS, (HEIGHT, WIDTH)).double()
    if spec.dynamics in (Dynamics.SE, Dynamics.INHOMOGENEOUS):
        torch.nn.init.constant_(layer.generator.predictor.reduce.bias, 5.0)
    return layer


def draw(*shape: int) -> Tensor:
    return torch.randn(*(shape or (1, HEIGHT, WIDTH, CHANNELS)), dtype=torch.float64)


def weights(layer: FactorizedLayer, source: Tensor) -> Tensor:
    """w[i, j, c], by feeding every unit vector; fails where channels are mixed."""
    units = torch.eye(POSITIONS * CHANNELS, dtype=torch.float64).view(-1, HEIGHT, WIDTH, CHANNELS)
    with torch.no_grad():
        answers = layer(units, source.expand_as(units)).reshape(POSITIONS, CHANNELS, POSITIONS, CHANNELS)
    diagonal = answers.diagonal(dim1=1, dim2=3)
    assert torch.equal(torch.diag_embed(diagonal, dim1=1, dim2=3), answers), "a channel leaked into another"
    return diagonal.transpose(0, 1)


def test_the_grid_is_the_table() -> None:
    assert len(CELLS) == 4 * 14 + 10
    assert {(s.connectivity, s.sharing, s.dynamics) for s in CELLS} == set(OPERATORS)


@pytest.mark.parametrize("spec", REFUSED, ids=name)
def test_a_refused_cell_says_why_when_it_is_built(spec: LayerSpec) -> None:
    with pytest.raises(RefusedLayer) as raised:
        make(spec)
    assert str(raised.value) == spec.refusal(CHANNELS, HEIGHT, WIDTH)


@every_cell
def test_weights_reach_exactly_the_neighbours(spec: LayerSpec) -> None:
    tables = find_neighbours(spec, HEIGHT, WIDTH)
    reached = torch.zeros(POSITIONS, POSITIONS, dtype=torch.bool)
    for here in range(POSITIONS):
        reached[here, tables.indices[here][tables.present[here]]] = True
    found = weights(make(spec), draw())
    assert torch.equal(found != 0, reached[:, :, None].expand_as(found))


@every_cell
def test_channels_share_weights_where_promised_and_nowhere_else(spec: LayerSpec) -> None:
    found = weights(make(spec), draw()).unflatten(-1, (HEADS, -1))
    shares = spec.sharing in (Sharing.HEAD, Sharing.BOTH)
    for left, right in ((found[..., 0], found[..., 1]), (found[..., 1], found[..., 2])):
        assert torch.allclose(left, right, rtol=1e-10) is shares
    assert not torch.allclose(found[..., 0, :], found[..., 1, :])


@every_cell
def test_positions_share_weights_where_promised_and_nowhere_else(spec: LayerSpec) -> None:
    tables = find_neighbours(spec, HEIGHT, WIDTH)
    found = weights(make(spec), draw())
    by_offset: dict[tuple[int, int], list[Tensor]] = {}
    is_per_window = spec.dynamics is Dynamics.ATTENTION
    for here, k in tables.present.nonzero().tolist():
        key = (int(tables.offsets[here, k]), int(tables.windows[here]) if is_per_window else 0)
        by_offset.setdefault(key, []).append(found[here, tables.indices[here, k]])
    spread = max(float((torch.stack(same) - same[0]).abs().max()) for same in by_offset.values())
    assert (spread < 1e-12) is (spec.sharing in (Sharing.SPATIAL, Sharing.BOTH))


@every_cell
def test_weights_depend_on_the_source_exactly_where_they_are_dynamic(spec: LayerSpec) -> None:
    layer, source = make(spec), draw()
    before = weights(layer, source)
    touched = source.clone()
    touched[0, 1, 2] += 1.0
    rows = (weights(layer, touched) - before).abs().amax((1, 2)) > 1e-9
    here = 1 * WIDTH + 2
    tables = find_neighbours(spec, HEIGHT, WIDTH)
    if spec.dynamics is Dynamics.STATIC:
        assert not rows.any()
    elif spec.dynamics is Dynamics.SE:
        assert rows.all()
    elif spec.dynamics is Dynamics.INHOMOGENEOUS:
        assert rows.nonzero().tolist() == [[here]]
    elif spec.sharing in (Sharing.HEAD, Sharing.NONE):
        assert rows.tolist() == ((tables.indices == here) & tables.present).any(1).tolist()
    else:
        assert rows.tolist() == (tables.windows == tables.windows[here]).tolist()


@every_cell
def test_pooled_weights_do_not_see_where_a_feature_is(spec: LayerSpec) -> None:
    layer, source = make(spec), draw()
    moved = source.flip(1, 2)
    is_blind = spec.dynamics in (Dynamics.STATIC, Dynamics.SE)
    assert torch.allclose(weights(layer, source), weights(layer, moved), rtol=1e-10) is is_blind


@pytest.mark.parametrize("spec", [s for s in CELLS if s.dynamics is Dynamics.ATTENTION], ids=name)
def test_attention_weights_are_positive_and_absent_neighbours_take_nothing_from_them(spec: LayerSpec) -> None:
    sums = weights(make(spec), draw()).sum(1)
    if spec.sharing in (Sharing.HEAD, Sharing.NONE):
        torch.testing.assert_close(sums, torch.ones_like(sums))
    else:
        assert bool(((sums > 0) & (sums < 1 + 1e-12)).all())


@every_cell
def test_gradients_reach_values_source_and_every_parameter(spec: LayerSpec) -> None:
    layer = make(spec.model_copy(update={"bias": True}))
    values, source = (
        draw(3, HEIGHT, WIDTH, CHANNELS).requires_grad_(),
        draw(3, HEIGHT, WIDTH, CHANNELS).requires_grad_(),
    )
    (layer(values, source) * draw(3, HEIGHT, WIDTH, CHANNELS)).sum().backward()
    assert values.grad is not None
    assert bool((values.grad != 0).all())
    if spec.dynamics is Dynamics.STATIC:
        assert source.grad is None
    else:
        assert source.grad is not None
        reached = source.grad.abs().amax(-1).flatten(1) > 0
        if spec.dynamics is Dynamics.ATTENTION:  # a position alone in its window has weight 1 whatever it is
            reached |= find_neighbours(spec, HEIGHT, WIDTH).present.sum(1) == 1
        assert bool(reached.all())
    for path, parameter in layer.named_parameters():
        assert parameter.grad is not None, path
        assert bool(parameter.grad.isfinite().all()), path
        # A bias of all keys adds the same to all logits of a query: softmax does not see it.
        if path != "generator.key.bias" or spec.sharing in (Sharing.SPATIAL, Sharing.BOTH):
            assert bool((parameter.grad != 0).any()), path


def test_any_two_levels_of_a_switch_are_different_functions() -> None:
    base = LayerSpec(heads=HEADS)
    levels: dict[str, list[object]] = {
        "connectivity": list(Connectivity),
        "window": [3, 2, 5],
        "shift": [False, True],
        "sharing": list(Sharing),
        "heads": [2, 3, 1],
        "dynamics": list(Dynamics),
        "position_bias": [True, False],
        "bias": [False, True],
        "reduction": [4, 2],
    }
    fields = list(levels)
    values, source = draw(), draw()
    seen = 0
    outputs: dict[LayerSpec, Tensor] = {}
    for spec in {s.model_copy(update={f: v}) for s in GRID for f in fields for v in levels[f]} | {base}:
        if spec.refusal(CHANNELS, HEIGHT, WIDTH) is None and spec.canonical() not in outputs:
            outputs[spec.canonical()] = answer(spec, values, source)
    for spec, output in outputs.items():
        for field in fields:
            for level in levels[field]:
                other = spec.model_copy(update={field: level}).canonical()
                if other != spec and other in outputs:
                    seen += 1
                    assert not torch.allclose(output, outputs[other], rtol=1e-6), (
                        f"{field} does nothing: {spec}, {other}"
                    )
    assert seen > 500


def answer(spec: LayerSpec, values: Tensor, source: Tensor) -> Tensor:
    """The output of a layer whose parameters are all drawn anew from one seed."""
    layer = make(spec)
    torch.manual_seed(7)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_()
        output: Tensor = layer(values, source)
    return output
