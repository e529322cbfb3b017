"""`ablate compare` as a user types it."""

import re

import pytest
from shell import ablate

from ablate.specs import Costs, Environment, MetricRecord, Split, SplitRecord, TrialResult
from ablate.study.load import load_plan
from ablate.tracking.store import Store
from ablate.workspace import Workspace

STUDY = """
question: Which is better?
model: {widths: [6], depths: [1], layer: {window: 3, heads: 2}}
data: {training_images: 40}
factors:
  model.layer.sharing: [spatial, head]
  training.learning_rate: [0.01, 0.02]
baseline: {model.layer.sharing: head, training.learning_rate: 0.01}
seeds: 3
"""
FILES = {
    "few": STUDY,
    "many": STUDY.replace("training_images: 40", "training_images: 80").replace("seeds: 3", "seeds: 4"),
    "elsewhere": STUDY.replace("[0.01, 0.02]", "[0.03]").replace("learning_rate: 0.01", "learning_rate: 0.03"),
}
TIME = 1_800_000_000.0


def finish(store, plan, lift):
    """Enter every trial as complete, with a made-up accuracy."""
    name = plan.study.name
    images = {split: SplitRecord(images=10, images_per_class=(1,) * 10, fingerprint="0" * 16) for split in Split}
    for place, combination in enumerate(plan.combinations):
        for seed in plan.study.seeds:
            trial = f"{combination.hash}-s{seed}"
            accuracy = 0.8 + lift * place + 0.001 * ((7 * seed + 3 * place) % 5)
            store.begin_attempt(name, trial, 1, "inline", 1, (), TIME)
            record = MetricRecord(step=1, split=Split.TEST, time=TIME, values={"accuracy": accuracy})
            store.ingest(name, trial, 1, [record], 100)
            result = TrialResult(
                trial=trial,
                attempt=1,
                status="complete",
                started=TIME,
                ended=TIME + 1,
                environment=Environment(packages={"torch": "2.15.0"}, hardware={"device": "cpu"}, code="ab" * 32),
                costs=Costs(parameters=100, macs=1000),
                splits=images,
                training_seconds=1.0,
            )
            store.finish_attempt(name, result)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A workspace with three finished studies, none of which was trained."""
    root = tmp_path_factory.mktemp("workspace")
    (root / "db").mkdir()
    with Store.open(Workspace(root).database_url) as store:
        for name, text in FILES.items():
            (root / f"{name}.yaml").write_text(f"name: {name}\n{text}")
            plan = load_plan(root / f"{name}.yaml")
            store.record_plan(plan)
            finish(store, plan, lift=0.03)
    return root


def test_compare_prints_what_differs_what_is_shared_and_where_the_page_is(root):
    done = ablate("compare", "few", "many.yaml", cwd=root)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "what differs:"
    assert "  data.training_images: 40 in few; 80 in many" in lines
    assert "  Seeds: 3 (0 to 2) in few; 4 (0 to 3) in many; 0 to 2 are common to both" in lines
    assert any(line.startswith("few and many share 4 combinations. Of 3 comparisons") for line in lines)
    directory = root / "reports" / "few--many"
    assert lines[-1] == f"comparison: {directory / 'comparison.md'}"
    found = sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())
    assert found == ["comparison.md", "figures/differences.png", "figures/differences.svg"]
    assert re.search(r"\| spatial · 0.01 *\| few ", (directory / "comparison.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("studies", "said"),
    [
        (["few", "mny"], "the tracking database knows no study mny: did you mean many?"),
        (["few", "elsewhere"], "few and elsewhere share no combination: training.learning_rate varies in one of them"),
        (["few", "few.yaml"], "study few is named twice"),
        (["few"], "expected two studies or more"),
    ],
)
def test_what_cannot_be_put_side_by_side_is_one_line_and_nothing_is_written(root, studies, said):
    before = sorted(root.rglob("*"))
    done = ablate("compare", *studies, cwd=root)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert sorted(root.rglob("*")) == before


def test_a_workspace_without_a_database_is_not_given_one(tmp_path):
    done = ablate("compare", "few", "many", cwd=tmp_path)
    assert done.returncode == 2
    assert "no database yet" in done.stderr
    assert list(tmp_path.iterdir()) == []
