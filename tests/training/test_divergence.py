"""A training that diverges says where, how fast it went and what it was like before."""

import math

import pytest
import torch

from ablate.errors import Diverged
from ablate.training.divergence import Watch
from ablate.training.progress import Progress


def check(losses, norms=None, step=None, last=None, watch=None):
    progress = Progress(step=len(losses) if step is None else step, last_finite_loss=last)
    watch = watch or Watch()
    for place, loss in enumerate(losses):
        watch.add(torch.tensor(loss), None if norms is None else torch.tensor(norms[place]))
    watch.check(progress, 3, lambda number: number / 100)
    return progress


def test_the_first_bad_step_is_named_with_learning_rate_and_last_finite_loss():
    expected = (
        "the training loss is nan in epoch 2, step 5 (learning rate 0.05, last finite loss 2.25): lower "
        "training.learning_rate, or set training.gradient_clip"
    )
    with pytest.raises(Diverged) as caught:
        check([1.0, 1.5, 2.0, 2.25, math.nan, math.inf])
    assert str(caught.value) == expected


def test_with_clipping_the_gradients_norm_is_named_too():
    with pytest.raises(
        Diverged, match=r"loss is inf .*gradient norm nan, last finite loss 1\).*or lower training.grad"
    ):
        check([1.0, math.inf], norms=[3.0, math.nan])


def test_a_gradient_alone_that_is_not_finite_is_enough():
    with pytest.raises(Diverged, match=r"the gradient's norm is inf in epoch 1, step 2 .*last finite loss 1\)"):
        check([1.0, 1.5], norms=[3.0, math.inf])


def test_the_last_finite_loss_may_come_from_before_a_checkpoint():
    with pytest.raises(Diverged, match=r"epoch 3, step 8 \(learning rate 0.08, last finite loss 0.75\)"):
        check([math.nan, 1.0], step=9, last=0.75)
    with pytest.raises(Diverged, match="no finite loss before"):
        check([math.nan])


def test_what_was_looked_at_is_not_looked_at_again():
    watch = Watch()
    assert check([1.0, 0.5], watch=watch).last_finite_loss == 0.5
    with pytest.raises(Diverged, match="step 4 "):
        check([0.25, math.nan], step=4, watch=watch)
