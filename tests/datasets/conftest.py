"""Every test has a Keras home of its own, and no CORNU_DATA but what it names."""

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The folder of data sets that Keras and Cornu share."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("CORNU_DATA", raising=False)
    folder = tmp_path / "keras" / "datasets"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def real(data_dir, monkeypatch):
    """The folder of real data as CORNU_DATA."""
    monkeypatch.setenv("CORNU_DATA", str(data_dir))
    return data_dir
