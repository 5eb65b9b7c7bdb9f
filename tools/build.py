"""Builds wheel and sdist into dist/, and proves them: the sdist builds the same wheel, the wheel works elsewhere."""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from dev import REQUIREMENTS, ROOT, Failed, command, make_environment

EPILOG = """\
The wheel is installed into an empty environment outside the checkout, with the pins of requirements/runtime.txt and
nothing else; there `polyshare --version` must answer, and tools/first_share.py must get through.
"""


def built(source: Path, into: Path, *targets: str) -> dict[str, Path]:
    """Build *targets* ("wheel", "sdist") of the project in *source*; what came of each."""
    words = [word for target in targets for word in ("-t", target)]
    command(sys.executable, "-m", "hatchling", "build", *words, "-d", into, cwd=source, quiet=True)
    endings = {"wheel": "*.whl", "sdist": "*.tar.gz"}
    return {target: next(into.glob(endings[target])) for target in targets}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_sdist(sdist: Path, wheel: Path, work: Path) -> None:
    """
    Build the wheel again, from nothing but the sdist.

    Raises:
        Failed: It is not the same wheel, byte for byte.
    """
    with tarfile.open(sdist) as archive:
        archive.extractall(work / "source", filter="data")
    source = next((work / "source").iterdir())
    again = built(source, work / "again", "wheel")["wheel"]
    if _digest(again) != _digest(wheel):
        kept = ROOT / "dist" / f"from-sdist-{again.name}"
        shutil.copy(again, kept)
        raise Failed(f"the sdist builds another wheel than the checkout; compare {wheel} with {kept}")


def check_wheel(wheel: Path, work: Path) -> None:
    """
    Use the wheel as somebody does who has nothing else of us.

    Raises:
        Failed: It does not install, or what runs from it does not do what it should.
    """
    environment = work / "environment"
    pip = make_environment(environment, REQUIREMENTS / "runtime.txt")
    command(*pip, "install", "--quiet", "--no-deps", wheel, quiet=True)
    programs = environment / "bin"
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "POLYSHARE_"))
    }
    kept.pop("VIRTUAL_ENV", None)
    elsewhere = {
        **kept,
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": str(work),
    }
    first_share = ROOT / "tools" / "first_share.py"
    steps = [[str(programs / "polyshare"), "--version"]]
    steps += [[str(programs / "python"), "-I", str(first_share)]] if first_share.is_file() else []
    for words in steps:
        print(f"$ {' '.join(words)}", flush=True)
        if code := subprocess.run(words, cwd=work, env=elsewhere, check=False).returncode:
            raise Failed(f"exit code {code} from the installed wheel: {' '.join(words)}")


def main() -> int:
    """Build, prove, say where it lies."""
    parser = argparse.ArgumentParser(
        prog="dev.py build",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    try:
        made = built(ROOT, ROOT / "dist", "sdist", "wheel")
        with tempfile.TemporaryDirectory(prefix="polyshare-build-") as work:
            check_sdist(made["sdist"], made["wheel"], Path(work))
            check_wheel(made["wheel"], Path(work))
    except Failed as reason:
        print(f"dev.py build: {reason}", file=sys.stderr)
        return 1
    for path in made.values():
        print(f"{path.relative_to(ROOT)}  sha256 {_digest(path)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
