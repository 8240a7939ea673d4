"""Known vulnerabilities in the locked packages, by pip-audit; exit 1 if there is one. `audit.py REPORT.json LOCK`.

Where the vulnerability service cannot be reached, or does not know a package, that is said by name and is no failure:
a build without a network must pass, but must not look as if it had been audited.
"""

import json
import subprocess
import sys
from pathlib import Path

TOOL = ["pip-audit", "--require-hashes", "--disable-pip", "--progress-spinner=off", "--timeout=10", "--format=json"]
OUT_OF_REACH = ("connection", "timed out")


def audit(report: Path, lock: str) -> int:
    """The exit status; what was found, and what was not looked at, is printed."""
    done = subprocess.run([*TOOL, "-r", lock, "-o", str(report)], capture_output=True, text=True)  # noqa: S603
    if not report.exists():
        away = any(word in done.stderr.lower() for word in OUT_OF_REACH)
        print("NOT AUDITED: the vulnerability service cannot be reached" if away else done.stderr)
        return 0 if away else 1
    packages = json.loads(report.read_text())["dependencies"]
    faulty = [p for p in packages if p.get("vulns")]
    skipped = [p["name"] for p in packages if "skip_reason" in p]
    for package in faulty:
        known = [f"{v['id']} (mended in {', '.join(v['fix_versions'])})" for v in package["vulns"]]
        print(package["name"], package["version"], *known)
    if skipped:
        print(f"NOT AUDITED, unknown to the vulnerability service: {', '.join(skipped)}")
    print(
        f"audited {len(packages) - len(skipped)} of {len(packages)} packages; {len(faulty)} have known vulnerabilities"
    )
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(audit(Path(sys.argv[1]), sys.argv[2]))
