"""What every cell of connectivity x sharing x dynamics is called in the literature."""

from __future__ import annotations

from ablate.specs import Connectivity, Dynamics, LayerSpec, Sharing


def describe(spec: LayerSpec) -> str:
    """One line: the switches as set, and the operator that they come to."""
    extent = {
        Connectivity.SLIDING: f"sliding {spec.window}x{spec.window}",
        Connectivity.BLOCK: f"{'shifted ' if spec.shift else ''}block {spec.window}x{spec.window}",
        Connectivity.GLOBAL: "global",
        Connectivity.POINT: "point",
    }[spec.connectivity]
    name = OPERATORS[spec.connectivity, spec.sharing, spec.dynamics]
    return f"{extent} · {spec.sharing} · {spec.dynamics}: {name}"


_SLIDING = {
    (Sharing.SPATIAL, Dynamics.STATIC): "depth-wise convolution",
    (Sharing.HEAD, Dynamics.STATIC): "static involution, a kernel per position shared by the channels of a head",
    (Sharing.BOTH, Dynamics.STATIC): "LightConv without its softmax",
    (Sharing.NONE, Dynamics.STATIC): "locally connected layer, channel by channel",
    (Sharing.SPATIAL, Dynamics.SE): "D-DW, dynamic depth-wise convolution",
    (Sharing.HEAD, Dynamics.SE): "involution with its kernels predicted from the pooled feature",
    (Sharing.BOTH, Dynamics.SE): "D-DW with a kernel per head",
    (Sharing.NONE, Dynamics.SE): "locally connected layer predicted from the pooled feature",
    (Sharing.HEAD, Dynamics.INHOMOGENEOUS): "I-D-DW, involution; DynamicConv without its softmax",
    (Sharing.NONE, Dynamics.INHOMOGENEOUS): "dynamic filter network, channel by channel",
    (Sharing.SPATIAL, Dynamics.ATTENTION): "depth-wise convolution with the position-averaged attention as kernel",
    (Sharing.HEAD, Dynamics.ATTENTION): "stand-alone self-attention",
    (Sharing.BOTH, Dynamics.ATTENTION): "convolution per head with the position-averaged attention as kernel",
    (Sharing.NONE, Dynamics.ATTENTION): "stand-alone self-attention with one channel per head",
}

_BLOCK = {
    (Sharing.SPATIAL, Dynamics.STATIC): "depth-wise convolution that stays inside its window",
    (Sharing.HEAD, Dynamics.STATIC): "local MLP, as in Swin-MLP",
    (Sharing.BOTH, Dynamics.STATIC): "attention by relative position bias alone, without softmax",
    (Sharing.NONE, Dynamics.STATIC): "local MLP with a matrix per channel",
    (Sharing.SPATIAL, Dynamics.SE): "D-DW that stays inside its window",
    (Sharing.HEAD, Dynamics.SE): "local MLP predicted from the pooled feature",
    (Sharing.BOTH, Dynamics.SE): "D-DW with a kernel per head that stays inside its window",
    (Sharing.NONE, Dynamics.SE): "local MLP with a matrix per channel, predicted from the pooled feature",
    (Sharing.HEAD, Dynamics.INHOMOGENEOUS): "dense Synthesizer in windows, without its softmax",
    (Sharing.NONE, Dynamics.INHOMOGENEOUS): "dense Synthesizer in windows with one channel per head",
    (Sharing.SPATIAL, Dynamics.ATTENTION): "depth-wise convolution in windows, averaged attention as kernel",
    (Sharing.HEAD, Dynamics.ATTENTION): "window attention of Swin",
    (Sharing.BOTH, Dynamics.ATTENTION): "convolution per head in windows, averaged attention as kernel",
    (Sharing.NONE, Dynamics.ATTENTION): "window attention of Swin with one channel per head",
}

_GLOBAL = {
    (Sharing.SPATIAL, Dynamics.STATIC): "long convolution",
    (Sharing.HEAD, Dynamics.STATIC): "ResMLP, the linear Mixer; random Synthesizer without its softmax",
    (Sharing.BOTH, Dynamics.STATIC): "Toeplitz mixing",
    (Sharing.NONE, Dynamics.STATIC): "linear Mixer with a matrix per channel",
    (Sharing.SPATIAL, Dynamics.SE): "long convolution predicted from the pooled feature",
    (Sharing.HEAD, Dynamics.SE): "linear Mixer predicted from the pooled feature",
    (Sharing.BOTH, Dynamics.SE): "Toeplitz mixing predicted from the pooled feature",
    (Sharing.NONE, Dynamics.SE): "linear Mixer with a matrix per channel, predicted from the pooled feature",
    (Sharing.HEAD, Dynamics.INHOMOGENEOUS): "dense Synthesizer without its softmax",
    (Sharing.NONE, Dynamics.INHOMOGENEOUS): "dense Synthesizer with one channel per head",
    (Sharing.SPATIAL, Dynamics.ATTENTION): "long convolution by auto-correlation, nearest to Autoformer",
    (Sharing.HEAD, Dynamics.ATTENTION): "self-attention of ViT",
    (Sharing.BOTH, Dynamics.ATTENTION): "long convolution per head by auto-correlation, nearest to Autoformer",
    (Sharing.NONE, Dynamics.ATTENTION): "self-attention with one channel per head",
}

_POINT = {
    (Sharing.SPATIAL, Dynamics.STATIC): "channel scale",
    (Sharing.HEAD, Dynamics.STATIC): "position scale per head",
    (Sharing.BOTH, Dynamics.STATIC): "scale per head",
    (Sharing.NONE, Dynamics.STATIC): "scale per position and channel",
    (Sharing.SPATIAL, Dynamics.SE): "SE gate without its sigmoid",
    (Sharing.HEAD, Dynamics.SE): "position gate per head, predicted from the pooled feature",
    (Sharing.BOTH, Dynamics.SE): "SE gate per head, without its sigmoid",
    (Sharing.NONE, Dynamics.SE): "gate per position and channel, predicted from the pooled feature",
    (Sharing.HEAD, Dynamics.INHOMOGENEOUS): "pixel gate",
    (Sharing.NONE, Dynamics.INHOMOGENEOUS): "pixel gate per channel",
}

OPERATORS: dict[tuple[Connectivity, Sharing, Dynamics], str] = {
    (connectivity, *cell): name
    for connectivity, names in (
        (Connectivity.SLIDING, _SLIDING),
        (Connectivity.BLOCK, _BLOCK),
        (Connectivity.GLOBAL, _GLOBAL),
        (Connectivity.POINT, _POINT),
    )
    for cell, name in names.items()
}
"""Name of every cell that is not refused for contradicting itself."""
