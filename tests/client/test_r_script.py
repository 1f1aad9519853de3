"""The R script does what the guide says, in a real R against a real server: what it asks, what it is refused, what it checks."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from analysts import Installation
from site_under_test import serving

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "clients" / "r" / "reporting.R"
RSCRIPT = shutil.which("Rscript")
TRIED = """
source(Sys.getenv("SCRIPT"))
turnout <- series("turnout", level = "municipality")
cat(nrow(turnout), class(turnout$date), class(turnout$value), class(turnout$value_number), turnout$area[1], "\n")
stopifnot(nzchar(attr(turnout, "position")))
then <- series("turnout", level = "municipality", asOf = attr(turnout, "position"))
stopifnot(identical(as.data.frame(then), as.data.frame(turnout)))
two <- series(c("electors", "voters"), areas = c("11", "12"))
cat(sort(unique(two$item)), sort(unique(two$area)), "\n")
cat(class(graphql("{ elections { nodes { code } } }")), "\n")
cat(names(codebook("tiny")), "\n")
for (wrong in list(quote(series("turnuot")), quote(graphql("{ nothing }")))) {
  cat(tryCatch({ eval(wrong); "nothing was refused" }, error = conditionMessage), "\n")
}
cat(download("tiny", "final", "final", 1, "held"), "\n")
"""


@pytest.mark.skipif(
    RSCRIPT is None, reason="R is not installed: apt install r-base-core r-cran-readr r-cran-httr2"
)
def test_the_r_script_does_what_the_guide_says(installation: Installation, tmp_path: Path) -> None:
    assert RSCRIPT is not None
    with serving(installation.settings) as site:
        ran = subprocess.run(
            [RSCRIPT, "--vanilla", "-e", TRIED], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
            env=os.environ | {"SCRIPT": str(SCRIPT), "REPORTING_URL": site.address, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = ran.stdout
    assert "Date character numeric" in told
    assert "electors voters 11 12" in told
    assert "code kind unit decimals version ja" in told
    assert "UNKNOWN_REFERENCE" in told
    assert "nothing was refused" not in told
    assert (tmp_path / "held" / "manifest.json").exists()
    assert "manifest alone" in ran.stderr
