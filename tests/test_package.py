"""What is shipped: the wheel, and the container's steps."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as the container builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_every_module_and_every_data_file(wheel: Path) -> None:
    """What git has below connector/ is in the wheel, the report's template included."""
    tracked = subprocess.run(["git", "ls-files", "connector"], cwd=ROOT, check=True, capture_output=True, text=True)
    names = set(zipfile.ZipFile(wheel).namelist())
    assert not [name for name in tracked.stdout.split() if name not in names]


def test_the_demo_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere, without the source tree, the whole story still plays."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); from connector.cli import main; main()"
    command = [sys.executable, "-I", "-c", code, "demo", "--dir", str(tmp_path / "demo")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert str(tmp_path / "demo" / "report.html") in done.stdout


def test_the_image_runs_as_an_ordinary_user_from_locked_versions_and_says_whether_it_is_healthy() -> None:
    """The last stage has a numeric user and a health check; every install is locked; every copied file exists."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    build, last = re.split(r"^FROM .*$", text, flags=re.MULTILINE)[1:]
    assert re.search(r"^USER \d+$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    installs = [part for part in re.split(r"&&|\n", build) if " install " in part]
    assert installs
    assert all("--require-hashes" in part or "--no-deps" in part for part in installs)
    for line in re.findall(r"^COPY (?!--from)(.*) \S+$", build, re.MULTILINE):
        assert not [name for name in line.split() if not (ROOT / name).exists()]
