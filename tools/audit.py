"""Are there known holes in what we depend on? Asks the public service; where it does not answer, says so in one loud line.

Ends with 1 only when a hole is known: no answer is no reason to stop work, and none to feel safe.
"""

import json
import subprocess
import sys
from pathlib import Path

PINS = Path("requirements/base.txt")
WAITS = 90


def main() -> int:
    """Audit what the application needs, by its pins."""
    command = [
        str(Path(sys.executable).parent / "pip-audit"), "--requirement", str(PINS), "--require-hashes", "--disable-pip",
        "--timeout", "10", "--progress-spinner", "off", "--format", "json",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=WAITS, check=False)
        found = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, OSError, ValueError, KeyError):
        return unknown("the service does not answer")
    holes = [(item, hole) for item in found for hole in item.get("vulns", ())]
    for item, hole in holes:
        print(
            f"{item['name']} {item['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'nothing yet'}"
        )
    skipped = [item["name"] for item in found if "skip_reason" in item]
    if skipped:
        unknown(f"the service knows nothing of {len(skipped)} of {len(found)} packages")
    else:
        print(f"{len(found)} packages looked at, {len(holes)} known holes.")
    return 1 if holes else 0


def unknown(why: str) -> int:
    """Say loudly that nobody has looked."""
    print(f"!!! DEPENDENCIES NOT AUDITED: {why}. Look again where the network allows it: make audit", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
