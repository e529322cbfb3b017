"""The password in a database's URL is nowhere: not in what is printed, written, logged, recorded, nor in an error."""

import logging
from urllib.parse import quote

import pytest
from postgres_server import GUARDED, PASSWORD
from sqlalchemy import create_engine, inspect, make_url, text

from ablate.errors import AblateError
from ablate.tracking.connection import connect
from ablate.tracking.mlflow import Mirror
from ablate.tracking.mlflow_runs import reading as reading_mlflow
from ablate.tracking.refusals import censored
from ablate.tracking.store import Store
from ablate.workspace import Workspace


def urls(postgres, name):
    """The ways in which a URL can hold a password."""
    return (
        postgres.url(name, GUARDED, PASSWORD),
        f"postgresql://127.0.0.1:{postgres.port}/{name}?user={GUARDED}&password={PASSWORD}",
    )


def written(place):
    return {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}


def recorded(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = [
            str(row)
            for name in inspect(connection).get_table_names()
            for row in connection.execute(text(f"SELECT * FROM {name}"))
        ]
    engine.dispose()
    return "\n".join(rows)


@pytest.mark.parametrize("way", [0, 1])
def test_commands_on_a_guarded_server_keep_its_password(place, postgres, migrated, command, import_runs, caplog, way):
    caplog.set_level(logging.DEBUG)
    said = []
    with postgres.database(migrated) as name, postgres.database() as optuna:
        url, target = urls(postgres, name)[way], urls(postgres, optuna)[way]
        said.append(import_runs(url, *(("--no-report",) if way else ("--report",))))
        reading = (("status",), ("status", "mine"), ("export", "mine", "--optuna", target))
        said += [command(*words, "--database", url) for words in reading]
        assert [done.code for done in said] == [0, 0, 0, 0]
        said.append(command("status", "mime", "--database", url))
        said.append(command("export", "mine", "--optuna", target.replace(optuna, "nowhere"), "--database", url))
        assert [done.code for done in said[4:]] == [2, 2]
        kept = recorded(postgres.url(name)) + recorded(postgres.url(optuna))
    assert "mine" in kept
    assert written(place).keys() != set()
    for text_of in (*(done.out + done.err for done in said), kept, caplog.text):
        assert PASSWORD not in text_of
    assert [path for path, content in written(place).items() if PASSWORD.encode() in content] == []


@pytest.mark.parametrize("secret", ["hunter2", "p@ss/wo?rd", "ü:%&"])
def test_errors_of_a_server_that_is_away_keep_its_password(secret):
    coded = quote(secret, safe="")
    for url in (
        f"postgresql+psycopg://ann:{coded}@127.0.0.1:1/x",
        f"postgresql+psycopg://ann@127.0.0.1:1/x?password={coded}&sslpassword={coded}",
    ):
        with pytest.raises(AblateError) as refused:
            Store(connect(url), patience_seconds=0).study_names()
        with pytest.raises(AblateError) as unread, reading_mlflow(url, "any"):
            pass
        for caught in (refused, unread):
            for hidden in (secret, coded):
                assert hidden not in str(caught.value)


def test_a_mirror_whose_server_is_away_keeps_its_password(tmp_path):
    address = "http://ann:hunter2@127.0.0.1:1/?token=hunter2"
    with pytest.raises(AblateError) as caught, Mirror(None, address, Workspace(tmp_path))._reaching("any") as client:
        client.search_experiments()
    assert "hunter2" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def test_what_others_say_of_a_url_is_censored():
    url = make_url("postgresql://ann:sesame@host/x?sslpassword=mellon&application_name=ablate")
    said = "cannot reach postgresql://ann:sesame@host/x with sesame and mellon (ablate)"
    assert censored(said, url) == "cannot reach postgresql://host/x with *** and *** (ablate)"
