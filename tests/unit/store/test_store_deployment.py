"""A deployment is one folder, made once, in the jurisdiction agreed, and read by its owner alone."""

from __future__ import annotations

import stat

import pytest

from peelian.core.errors import InvalidError, MissingError, RefusedError
from peelian.store.deployment import create_deployment, finish_deployment, open_deployment

ALLOWED = {"GB-EAW", "GB-SCT"}


@pytest.fixture
def made(tmp_path, clock):
    """Give a new deployment, whole."""
    deployment = create_deployment(tmp_path / "d", jurisdiction="GB-EAW", allowed=ALLOWED, clock=clock, n_buckets=8)
    finish_deployment(deployment.folder)
    return deployment


def test_a_deployment_opens_as_it_was_made(made):
    """Its number of buckets is in every path of the lake: it may never be another."""
    assert open_deployment(made.folder, allowed=ALLOWED) == made
    assert made.n_buckets == 8
    assert made.desk == made.folder / "desk.db"
    for place in (made.charter, made.lake, made.index, made.ledger, made.keys, made.register, made.tmp, made.leases):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert made.config.is_file()
    assert made.writer_lock.parent.is_dir()


def test_the_desk_may_be_a_server(made):
    """In service the desk is PostgreSQL; the folder only says where."""
    url = "postgresql+psycopg://desk@db.example/peelian"
    made.config.write_text(made.config.read_text().replace('url = ""', f'url = "{url}"'))
    assert open_deployment(made.folder, allowed=ALLOWED).desk == url


def test_a_deployment_is_never_made_over_another(made, clock):
    """Two ledgers in one folder would be none."""
    with pytest.raises(InvalidError) as refused:
        create_deployment(made.folder, jurisdiction="GB-EAW", allowed=ALLOWED, clock=clock)
    assert refused.value.code == "deployment-exists"


def test_a_founding_that_was_interrupted_starts_over(tmp_path, clock):
    """Nothing was ever taken into it; what is left of it helps nobody."""
    first = create_deployment(tmp_path / "d", jurisdiction="GB-EAW", allowed=ALLOWED, clock=clock)
    second = create_deployment(tmp_path / "d", jurisdiction="GB-EAW", allowed=ALLOWED, clock=clock)
    assert first.keys == second.keys and second.config.is_file()


@pytest.mark.parametrize("where", ["US-VA", "", 'GB-EAW"\nbuckets = 1'])
def test_data_does_not_leave_the_agreed_jurisdiction(tmp_path, clock, where):
    """Red line 8; and a deployment that was moved is refused as one that is made there."""
    with pytest.raises(RefusedError) as refused:
        create_deployment(tmp_path / "d", jurisdiction=where, allowed=ALLOWED, clock=clock)
    assert refused.value.code == "jurisdiction-refused"
    assert not (tmp_path / "d").exists()
    create_deployment(tmp_path / "d", jurisdiction="GB-SCT", allowed=ALLOWED, clock=clock)
    with pytest.raises(RefusedError):
        open_deployment(tmp_path / "d", allowed={"GB-EAW"})


def test_a_folder_that_others_may_read_is_refused(made):
    """Whoever reads the files reads around the gate."""
    made.folder.chmod(0o750)
    with pytest.raises(InvalidError) as refused:
        open_deployment(made.folder, allowed=ALLOWED)
    assert refused.value.code == "deployment-exposed"


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "not toml [",
        lambda text: "",
        lambda text: text.replace("format = 1", "format = 2"),
        lambda text: text.replace("buckets = 8", 'buckets = "many"'),
        lambda text: text.replace("[deployment]", "deployment = 3\n[other]"),
        lambda text: "desk = 1\n" + text.replace("[desk]", "[other]"),
    ],
)
def test_settings_that_cannot_be_understood_stop_the_start(made, damage):
    """A guessed setting is a wrong one."""
    made.config.write_text(damage(made.config.read_text()))
    with pytest.raises(InvalidError) as refused:
        open_deployment(made.folder, allowed=ALLOWED)
    assert refused.value.code == "deployment-invalid"


def test_a_folder_without_a_deployment_is_reported(tmp_path):
    """A typing mistake must not make a deployment."""
    with pytest.raises(MissingError) as missing:
        open_deployment(tmp_path, allowed=ALLOWED)
    assert missing.value.code == "deployment-missing"
