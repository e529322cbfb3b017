"""timm's optimizers by name, what each of them reads, and those that cannot be trained with.

Planning loads no torch, so what timm's registry says of its optimizers is repeated here; a test compares the two.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Optimizer(StrEnum):
    """Update rules, by timm's names."""

    ADABELIEF = "adabelief"
    ADADELTA = "adadelta"
    ADAFACTOR = "adafactor"
    ADAFACTORBV = "adafactorbv"
    ADAFACTORBVC = "adafactorbvc"
    ADAGRAD = "adagrad"
    ADAHESSIAN = "adahessian"
    ADAM = "adam"
    ADAMAX = "adamax"
    ADAMC = "adamc"
    ADAMP = "adamp"
    ADAMUON = "adamuon"
    ADAMW = "adamw"
    ADAMWLEGACY = "adamwlegacy"
    ADAN = "adan"
    ADANW = "adanw"
    ADOPT = "adopt"
    ADOPTC = "adoptc"
    ADOPTW = "adoptw"
    BNBADAM = "bnbadam"
    BNBADAM8BIT = "bnbadam8bit"
    BNBADAMW = "bnbadamw"
    BNBADAMW8BIT = "bnbadamw8bit"
    BNBADEMAMIX = "bnbademamix"
    BNBADEMAMIX8BIT = "bnbademamix8bit"
    BNBLION = "bnblion"
    BNBLION8BIT = "bnblion8bit"
    BNBSGD = "bnbsgd"
    BNBSGD8BIT = "bnbsgd8bit"
    CADAFACTOR = "cadafactor"
    CADAFACTORBV = "cadafactorbv"
    CADAFACTORBVC = "cadafactorbvc"
    CADAMC = "cadamc"
    CADAMP = "cadamp"
    CADAMW = "cadamw"
    CADAN = "cadan"
    CADANW = "cadanw"
    CADOPT = "cadopt"
    CADOPTC = "cadoptc"
    CADOPTW = "cadoptw"
    CLAMB = "clamb"
    CLAMBW = "clambw"
    CLAPROP = "claprop"
    CLION = "clion"
    CLIONC = "clionc"
    CMARS = "cmars"
    CNADAMC = "cnadamc"
    CNADAMW = "cnadamw"
    CRMSPROPTF = "crmsproptf"
    CSGDC = "csgdc"
    CSGDP = "csgdp"
    CSGDW = "csgdw"
    FUSEDADAM = "fusedadam"
    FUSEDADAMW = "fusedadamw"
    FUSEDLAMB = "fusedlamb"
    FUSEDNOVOGRAD = "fusednovograd"
    FUSEDSGD = "fusedsgd"
    KRON = "kron"
    KRONC = "kronc"
    KRONW = "kronw"
    LAMB = "lamb"
    LAMBC = "lambc"
    LAMBCD = "lambcd"
    LAMBCW = "lambcw"
    LAMBW = "lambw"
    LAPROP = "laprop"
    LAPROPC = "lapropc"
    LARC = "larc"
    LARS = "lars"
    LION = "lion"
    LIONC = "lionc"
    MADGRAD = "madgrad"
    MADGRADW = "madgradw"
    MARS = "mars"
    MOMENTUM = "momentum"
    MUON = "muon"
    NADAM = "nadam"
    NADAMC = "nadamc"
    NADAMLEGACY = "nadamlegacy"
    NADAMUON = "nadamuon"
    NADAMW = "nadamw"
    NESTEROV = "nesterov"
    NESTEROVW = "nesterovw"
    NLARC = "nlarc"
    NLARS = "nlars"
    NMUON = "nmuon"
    NOVOGRAD = "novograd"
    NOVOGRADC = "novogradc"
    NOVOGRADW = "novogradw"
    RADABELIEF = "radabelief"
    RADAM = "radam"
    RADAMLEGACY = "radamlegacy"
    RADAMW = "radamw"
    RMSPROP = "rmsprop"
    RMSPROPTF = "rmsproptf"
    RMSPROPTFC = "rmsproptfc"
    RMSPROPTFW = "rmsproptfw"
    SGD = "sgd"
    SGDC = "sgdc"
    SGDP = "sgdp"
    SGDW = "sgdw"


class Reads(NamedTuple):
    """Which options an optimizer reads; `betas` is how many there are of them."""

    momentum: bool
    betas: int
    epsilon: bool


_READERS = (
    (
        Reads(momentum=False, betas=2, epsilon=True),
        "adabelief adafactor adahessian adam adamax adamc adamp adamw adamwlegacy adopt adoptc adoptw bnbadam "
        "bnbadam8bit bnbadamw bnbadamw8bit cadafactor cadamc cadamp cadamw cadopt cadoptc cadoptw clamb "
        "clambw claprop cmars cnadamc cnadamw fusedadam fusedadamw fusedlamb fusednovograd lamb lambc lambcd "
        "lambcw lambw laprop lapropc mars nadam nadamc nadamlegacy nadamw novograd novogradc novogradw "
        "radabelief radam radamlegacy radamw",
    ),
    (
        Reads(momentum=False, betas=0, epsilon=True),
        "adadelta adagrad",
    ),
    (
        Reads(momentum=True, betas=0, epsilon=True),
        "adafactorbv adafactorbvc cadafactorbv cadafactorbvc crmsproptf csgdp larc lars madgrad madgradw "
        "nlarc nlars rmsprop rmsproptf rmsproptfc rmsproptfw sgdp",
    ),
    (
        Reads(momentum=True, betas=2, epsilon=True),
        "adamuon muon nadamuon nmuon",
    ),
    (
        Reads(momentum=False, betas=3, epsilon=True),
        "adan adanw bnbademamix bnbademamix8bit cadan cadanw",
    ),
    (
        Reads(momentum=False, betas=2, epsilon=False),
        "bnblion bnblion8bit clion clionc lion lionc",
    ),
    (
        Reads(momentum=True, betas=0, epsilon=False),
        "bnbsgd bnbsgd8bit csgdc csgdw fusedsgd kron kronc kronw momentum nesterov nesterovw sgd sgdc sgdw",
    ),
)
_READS = {Optimizer(name): reads for reads, names in _READERS for name in names.split()}

_REFUSED = {
    "adahessian": "needs second derivatives, which this training does not compute",
    "bnb": "needs the package bitsandbytes, which this training does not use",
    "fused": "needs NVIDIA's package apex, which this training does not use",
}
"""By the beginning of the name: why it cannot be trained with."""


def options_of(optimizer: Optimizer) -> Reads:
    """Which of the options momentum, betas and epsilon the optimizer reads."""
    return _READS[optimizer]


def find_optimizer_refusal(optimizer: Optimizer) -> str | None:
    """Why no training can be run with the optimizer, or None."""
    name = optimizer.value
    for prefix, reason in _REFUSED.items():
        if name.startswith(prefix):
            plain = name.removeprefix(prefix).removesuffix("8bit")
            other = plain if plain in list(Optimizer) else Optimizer.ADAMW.value
            return f"training.optimizer {name} {reason}: use another, such as {other}"
    return None
