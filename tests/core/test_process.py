"""What a fresh process does: the cost of `import cornu`, and where compiled programs are kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[2] / "src"


def run(code, **environment):
    """The output of a fresh Python."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("CORNU_", "JAX_", "XDG_"))}
    finished = subprocess.run(
        [sys.executable, "-c", code],
        env={**clean, "PYTHONPATH": str(SRC), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_importing_cornu_imports_nothing_heavy():
    heavy = ("jax", "numpy", "h5py", "rich", "matplotlib", "pandas", "keras", "scipy")
    assert run(f"import sys, cornu; print([m for m in {heavy} if m in sys.modules])") == "[]"


def test_building_a_model_needs_no_printing_or_file_formats():
    code = (
        "import sys, cornu; m = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))]);"
        "heavy = ('h5py', 'rich', 'matplotlib', 'pandas', 'keras', 'optax');"
        "print([m for m in heavy if m in sys.modules])"
    )
    assert run(code) == "[]"


SHOW = (
    "import jax; from cornu.core import cache; cache.enable();"
    "print(jax.config.jax_compilation_cache_dir)"
)


def test_the_cache_is_in_the_users_cache_folder(tmp_path):
    found = run(SHOW, HOME=str(tmp_path), LOCALAPPDATA=str(tmp_path))
    assert Path(found).is_relative_to(tmp_path)
    assert Path(found).parts[-2:] == ("cornu", "programs")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="XDG folders are those of Linux")
def test_the_cache_follows_xdg(tmp_path):
    assert run(SHOW, XDG_CACHE_HOME=str(tmp_path)) == str(tmp_path / "cornu" / "programs")


def test_an_environment_variable_moves_the_cache_and_programs_land_there(tmp_path):
    folder = tmp_path / "here"
    code = (
        "import cornu, jax, jax.numpy as jnp; cornu.Variable(0.0);"
        "print(jax.jit(lambda x: jnp.sin(x) @ x)(jnp.ones((3, 3))).sum() > 0)"
    )
    assert run(code, CORNU_CACHE_DIR=str(folder)) == "True"
    assert list(folder.iterdir())


@pytest.mark.parametrize("off", ["", "off"])
def test_the_cache_can_be_turned_off(off):
    assert run(SHOW, CORNU_CACHE_DIR=off) == "None"


def test_a_setting_of_the_users_own_is_respected(tmp_path):
    code = f"import jax; jax.config.update('jax_compilation_cache_dir', {str(tmp_path)!r}); {SHOW}"
    assert run(code, CORNU_CACHE_DIR=str(tmp_path / "other")) == str(tmp_path)
    assert run(SHOW, JAX_COMPILATION_CACHE_DIR=str(tmp_path)) == str(tmp_path)
