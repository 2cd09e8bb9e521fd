"""How JAX is imported."""

import importlib.metadata as metadata
import sys

from cornu.core.engine import _plugins_alone


def test_while_jax_is_imported_a_search_through_all_packages_finds_its_plugins(tmp_path, monkeypatch):
    for folder, name in (
        ("jax_rocm7_plugin-0.10.0.dist-info", "jax-rocm7-plugin"),
        ("other-1.0.dist-info", "other"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with _plugins_alone():
        found = [package.metadata["Name"] for package in metadata.distributions()]
        assert metadata.version("numpy")  # what is asked for by name is found as ever
    assert found == ["jax-rocm7-plugin"]
    assert {"numpy", "other"} <= {package.metadata["Name"] for package in metadata.distributions()}
