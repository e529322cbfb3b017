"""Costs are measured once, and what was measured stands."""

import pytest
from probed import ScriptedProber

from ablate.errors import AblateError, InputError, WorkspaceError
from ablate.preflight.costs import cost_key, read_costs, recall, remember
from ablate.specs import Configuration, Cost, Costs, DataSpec, ModelSpec, TrainingSpec


def of_width(width, **training):
    return Configuration(model=ModelSpec(widths=(width,), depths=(1,)), training=TrainingSpec(**training))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs" / "study" / "costs.json"


def test_only_what_is_not_known_is_measured_and_each_once(path):
    prober = ScriptedProber()
    measure = remember(path, Cost.PARAMETERS, prober)
    assert measure([of_width(4), of_width(6), of_width(4)]) == [4, 6, 4]
    assert measure([of_width(6), of_width(8)]) == [6, 8]
    assert [item.model.widths for item in prober.counted] == [(4,), (6,), (8,)]


def test_what_is_remembered_is_found_by_another_process_without_asking(path):
    remember(path, Cost.PARAMETERS, ScriptedProber())([of_width(4)])
    later = ScriptedProber()
    assert remember(path, Cost.PARAMETERS, later)([of_width(4)]) == [4]
    assert remember(path, Cost.MACS, later)([of_width(4)]) == [7]
    assert later.counted == []


def test_what_was_counted_is_recalled_and_what_was_not_is_none(path):
    assert recall(path)(of_width(4)) is None
    remember(path, Cost.MACS, ScriptedProber())([of_width(4)])
    assert recall(path)(of_width(4, epochs=9)) == Costs(parameters=4, macs=7)
    assert recall(path)(of_width(5)) is None


def test_combinations_that_differ_in_training_alone_are_one_measurement(path):
    prober = ScriptedProber()
    remember(path, Cost.LATENCY, prober)([of_width(4, learning_rate=0.1), of_width(4, learning_rate=0.2)])
    assert len(prober.timed) == 1
    remember(path, Cost.LATENCY, prober)([of_width(4, precision="bf16")])
    assert len(prober.timed) == 2
    assert cost_key(of_width(4, precision="bf16"), Cost.MACS) == cost_key(of_width(4), Cost.MACS)


def test_a_cost_depends_on_the_shape_and_classes_of_the_images_and_not_on_where_they_lie():
    said = {"name": "folder:x", "image_size": 8, "classes": 10}
    changes = ({}, {"image_size": 9}, {"classes": 11}, {"channels": 1})
    keys = [cost_key(Configuration(data=DataSpec(**{**said, **change})), Cost.MACS) for change in changes]
    assert len(set(keys)) == 4
    assert cost_key(Configuration(data=DataSpec(**said, root="x", training_images=50)), Cost.MACS) == keys[0]


def test_latencies_stand_although_the_machine_is_another(path):
    remember(path, Cost.LATENCY, ScriptedProber("slow"))([of_width(4)])
    elsewhere = remember(path, Cost.LATENCY, ScriptedProber("fast"))
    assert elsewhere([of_width(4)]) == [0.004]
    with pytest.raises(InputError, match="were measured on slow, this is fast, and some are missing"):
        elsewhere([of_width(5)])
    assert read_costs(path).latency_seconds.keys() == {cost_key(of_width(4), Cost.LATENCY)}


def test_what_cannot_be_measured_is_said_with_its_model(path):
    with pytest.raises(AblateError, match=r'cannot measure the cost of {"widths":\[13\].*thirteen'):
        remember(path, Cost.PARAMETERS, ScriptedProber())([of_width(13)])
    assert not path.exists()


def test_nothing_is_written_where_nothing_is_measured(path):
    assert remember(path, Cost.PARAMETERS, ScriptedProber())([]) == []
    assert not path.parent.exists()


def test_a_damaged_memory_is_not_passed_over(path):
    path.parent.mkdir(parents=True)
    path.write_text('{"counted": {"a"')
    with pytest.raises(WorkspaceError, match=r"costs.json: expected remembered costs.*remove it, and run again"):
        remember(path, Cost.PARAMETERS, ScriptedProber())([of_width(4)])


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot write"):
        remember(tmp_path / "file" / "costs.json", Cost.PARAMETERS, ScriptedProber())([of_width(4)])
