"""The container files name what is there: files of the checkout, options of the command, addresses of the app."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from in_process import ghg

ROOT = Path(__file__).parent.parent
CONTAINERFILE = (ROOT / "container" / "Containerfile").read_text("utf-8")
COMPOSE = (ROOT / "container" / "compose.yaml").read_text("utf-8")


def test_what_is_copied_is_there():
    """Each file that the image is built from is in the checkout, and the lock is the one of the demo."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", CONTAINERFILE, re.MULTILINE)
    copied = [word for line in lines for word in line.split()[:-1]]
    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert "--require-hashes -r requirements/demo.txt" in CONTAINERFILE


def test_the_command_takes_what_the_image_gives_it():
    """Every option by which the image and the compose file start the command is one of its own."""
    told = " ".join(re.findall(r"ghg [^&\n]+", CONTAINERFILE + COMPOSE))
    for command in ("serve", "init", "snapshot"):
        words = ghg(command, "--help").stdout
        for option in re.findall(rf"ghg {command} [^&\n]*", told):
            given = re.findall(r"(--[a-z-]+)", option.split(" ghg ")[0])
            assert [name for name in given if name not in words] == [], command
    assert set(re.findall(r"ghg ([a-z]+)", told)) == {"serve", "init", "snapshot"}


def test_the_services_are_what_a_small_team_needs():
    """An app on a read-only root, a proxy that waits until it is healthy, and a copy every night; one image."""
    services = yaml.safe_load(COMPOSE)["services"]
    assert set(services) == {"app", "proxy", "backup"}
    assert services["app"]["read_only"] is True
    assert services["proxy"]["depends_on"]["app"]["condition"] == "service_healthy"
    assert services["app"]["volumes"][0] in services["backup"]["volumes"]
    assert "http://127.0.0.1:8550/health" in CONTAINERFILE
