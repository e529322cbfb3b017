from __future__ import annotations

import hashlib
import json
import random

from ablate.specs import Configuration

SWIN_LIKE: dict[str, dict[str, object]] = {
    "model": {
        "widths": [24, 48, 96],
        "depths": [1, 2, 3],
        "layer": {"connectivity": "block", "window": 4, "shift": True, "sharing": "head", "heads": 3},
    },
    "data": {"training_images": 300},
    "training": {"epochs": 7, "learning_rate": 0.0005},
}


def test_the_hashes_of_today_are_the_hashes_for_ever() -> None:
    # A trial is found again by its hash: if this fails, every recorded study would run anew.
    assert Configuration().hash() == "44136fa355b3678a"
    assert Configuration.model_validate(SWIN_LIKE).hash() == "4700372240af325f"


def test_a_hash_is_that_of_the_fields_that_are_not_defaults() -> None:
    text = (
        '{"data":{"training_images":300},"model":{"depths":[1,2,3],"layer":{"connectivity":"block","heads":3,'
        '"shift":true,"window":4},"widths":[24,48,96]},"training":{"epochs":7,"learning_rate":0.0005}}'
    )
    assert Configuration.model_validate(SWIN_LIKE).hash() == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_the_order_of_keys_does_not_matter() -> None:
    seed = random.randrange(10_000)
    print(f"seed {seed}")  # noqa: T201
    chance = random.Random(seed)

    def shuffled(value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {key: shuffled(value[key]) for key in chance.sample(list(value), len(value))}

    hashes = {Configuration.model_validate(shuffled(SWIN_LIKE)).hash() for _ in range(5)}
    assert hashes == {Configuration.model_validate(SWIN_LIKE).hash()}


def test_a_default_that_is_written_out_changes_nothing() -> None:
    spelled = json.loads(Configuration.model_validate(SWIN_LIKE).model_dump_json())
    assert len(spelled["training"]) > len(SWIN_LIKE["training"])
    assert Configuration.model_validate(spelled).hash() == Configuration.model_validate(SWIN_LIKE).hash()


def test_a_whole_number_for_a_float_is_the_same_number() -> None:
    hashes = {Configuration.model_validate({"training": {"learning_rate": rate}}).hash() for rate in (1, 1.0, 1e0)}
    assert len(hashes) == 1


def test_a_field_that_nothing_reads_changes_nothing() -> None:
    for unread in (
        ({"sharing": "spatial"}, {"heads": 4}),
        ({"dynamics": "static"}, {"position_bias": False}),
        ({"dynamics": "static"}, {"reduction": 2}),
        ({"connectivity": "global"}, {"window": 7}),
        ({"connectivity": "sliding"}, {"shift": True}),
        ({}, {"weight_limit": 5_000_000}),
    ):
        cell, extra = unread
        hashes = {Configuration.model_validate({"model": {"layer": layer}}).hash() for layer in (cell, cell | extra)}
        assert len(hashes) == 1, unread


def test_a_field_that_is_read_changes_the_hash() -> None:
    hashes = [
        Configuration.model_validate(change).hash()
        for change in (
            {},
            {"model": {"layer": {"heads": 4}}},
            {"model": {"layer": {"window": 5}}},
            {"model": {"layer": {"position_bias": False}}},
            {"model": {"layer": {"dynamics": "se"}}},
            {"model": {"layer": {"dynamics": "se", "reduction": 2}}},
            {"model": {"layer": {"connectivity": "block"}}},
            {"model": {"layer": {"connectivity": "block", "shift": True}}},
            {"model": {"heads_per_stage": [2, 4]}},
            {"data": {"training_images": 300}},
            {"data": {"split_seed": 1}},
            {"training": {"epochs": 31}},
        )
    ]
    assert len(set(hashes)) == len(hashes)


def test_heads_per_stage_stand_above_the_heads_of_the_layer() -> None:
    hashes = {
        Configuration.model_validate({"model": {"heads_per_stage": [2, 4], "layer": {"heads": heads}}}).hash()
        for heads in (1, 8)
    }
    assert len(hashes) == 1


def test_heads_that_are_the_same_in_every_stage_are_those_of_the_layer() -> None:
    by_stage = Configuration.model_validate({"model": {"heads_per_stage": [2, 2]}})
    assert by_stage.hash() == Configuration.model_validate({"model": {"layer": {"heads": 2}}}).hash()


def test_the_canonical_form_is_its_own() -> None:
    canonical = Configuration.model_validate(SWIN_LIKE).canonical()
    assert canonical.canonical() == canonical


def test_a_refusal_names_what_refuses_it_and_the_way_out() -> None:
    assert Configuration().refusal() is None
    for change, words in (
        ({"data": {"training_images": 5}}, "data.training_images is 5"),
        ({"training": {"warmup_epochs": 30}}, "training.warmup_epochs 30"),
        ({"model": {"depths": [2, 2, 2]}}, "model.depths has 3 entries, model.widths has 2"),
        ({"model": {"patch_size": 9}}, "model.patch_size 9"),
        ({"model": {"layer": {"heads": 3}}}, "heads 3 does not divide 32 channels"),
        ({"model": {"layer": {"window": 9}}}, "stage 2: a sliding window of 9"),
    ):
        reason = Configuration.model_validate(change).refusal()
        assert reason is not None
        assert words in reason
