"""The checks that need eight devices: each file of `eight/` runs in a process that has them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parent / "eight").glob("check_*.py"))
DEVICES = "--xla_force_host_platform_device_count=8"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_on_eight_virtual_devices(file: Path, request: pytest.FixtureRequest) -> None:
    marks = ["-m", request.config.option.markexpr or "not wide"]
    env = {**os.environ, "XLA_FLAGS": DEVICES}
    how = ["-q", "-n0", "-p", "no:cacheprovider", "-o", "python_files=check_*.py"]
    command = [sys.executable, "-m", "pytest", *how, *marks, str(file)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=850)
    assert done.returncode in (0, 5), done.stdout[-6000:] + done.stderr[-2000:]  # 5: none chosen
