"""The layer straight from its definition, y[i] = sum over j in N(i) of w[i, j] * x[j]: the oracle of every fast path.

It spells out every weight and every neighbour, so its memory is N * K * C for each image.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from ablate.layer.connectivity import Neighbourhood, find_neighbours
from ablate.layer.dynamics import Prediction, QueryKey
from ablate.layer.sharing import Form, expand, weight_form
from ablate.specs import LayerSpec


def mix(
    spec: LayerSpec, prediction: Prediction, values: Float[Tensor, "batch height width channels"]
) -> Float[Tensor, "batch height width channels"]:
    """Aggregate `values` with the weights of `prediction`."""
    _, height, width, channels = values.shape
    neighbourhood = find_neighbours(spec, height, width, values.device)
    form = weight_form(spec)
    if not isinstance(prediction, QueryKey):
        weights = expand(prediction, form, neighbourhood)
    elif form is Form.OFFSET:
        weights = expand(shared_attention(prediction, neighbourhood), form, neighbourhood)
    else:
        weights = attention(prediction, neighbourhood)
    grouped = torch.unflatten(values.flatten(1, 2), -1, (spec.groups(channels), -1))
    mixed = aggregate(grouped, weights, neighbourhood)
    return mixed.flatten(2).reshape(values.shape)


def aggregate(
    values: Float[Tensor, "batch positions groups depth"],
    weights: Float[Tensor, "samples groups positions neighbours"],
    neighbourhood: Neighbourhood,
) -> Float[Tensor, "batch positions groups depth"]:
    """Weighted sums over the neighbours that are present; `samples` is 1 or the batch."""
    weights = weights.masked_fill(~neighbourhood.present, 0)
    return torch.einsum("bgnk,bnkgd->bngd", weights, values[:, neighbourhood.indices])


def attention(prediction: QueryKey, neighbourhood: Neighbourhood) -> Float[Tensor, "batch groups positions neighbours"]:
    """Softmax over the present neighbours of q.k + bias."""
    logits = _products(prediction, neighbourhood)
    if prediction.bias is not None:
        logits = logits + prediction.bias[:, neighbourhood.offsets]
    return logits.masked_fill(~neighbourhood.present, -torch.inf).softmax(-1)


def shared_attention(
    prediction: QueryKey, neighbourhood: Neighbourhood
) -> Float[Tensor, "batch groups windows offsets"]:
    """One kernel per window: softmax over offsets of the mean of q.k over the pairs at that offset, + bias.

    Offsets at which a window holds no pair have weight 0.
    """
    windows, offsets = neighbourhood.window_count, neighbourhood.offset_count
    cells = (neighbourhood.windows[:, None] * offsets + neighbourhood.offsets).flatten()
    present = neighbourhood.present
    products = _products(prediction, neighbourhood).masked_fill(~present, 0).flatten(2)
    sums = products.new_zeros(*products.shape[:2], windows * offsets).index_add(-1, cells, products)
    counts = products.new_zeros(windows * offsets).index_add(0, cells, present.flatten().to(products.dtype))
    logits = torch.unflatten(sums / counts.clamp(min=1), -1, (windows, offsets))
    if prediction.bias is not None:
        logits = logits + prediction.bias[:, None]
    return logits.masked_fill(counts.view(windows, offsets) == 0, -torch.inf).softmax(-1)


def _products(prediction: QueryKey, neighbourhood: Neighbourhood) -> Float[Tensor, "batch groups positions neighbours"]:
    return torch.einsum("bngd,bnkgd->bgnk", prediction.queries, prediction.keys[:, neighbourhood.indices])
