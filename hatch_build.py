"""Compiles the C file that calls oneDNN, where there is a compiler. Without it Cornu works as well,
with slower convolutions."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("src/cornu/native")
LIBRARY = FOLDER / "libconvolution.so"
FLAGS = ("-std=c11", "-O2", "-fPIC", "-shared", "-Wall", "-Wextra", "-ldl", "-lpthread")


class Compile(BuildHookInterface):
    """Puts the library beside its source, and into a wheel, which is then for this kind of machine."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or not self._compiled():
            return
        build_data["artifacts"].append(str(LIBRARY))
        if version == "standard":
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data.update(pure_python=False, tag=f"py3-none-{platform}")

    def _compiled(self) -> bool:
        """Whether the library is there now."""
        compiler = shutil.which(os.environ.get("CC") or "cc") if sys.platform == "linux" else None
        library, source = Path(self.root, LIBRARY), Path(self.root, FOLDER, "convolution.c")
        if compiler is None:
            return False
        beside = library.with_suffix(f".{os.getpid()}")
        done = subprocess.run([compiler, str(source), "-o", str(beside), *FLAGS], check=False)
        if done.returncode == 0:
            beside.replace(library)
        else:
            self.app.display_warning(
                "Cornu's C file could not be compiled: convolutions will be slower."
            )
        return done.returncode == 0
