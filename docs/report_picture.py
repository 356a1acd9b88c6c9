"""Takes a picture of the page of a run for the README: its beginning, and its explorer.

contagion hydra.run.dir=results/main && python docs/report_picture.py results/main docs/report.png
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.support.wait import WebDriverWait

WIDTH, GAP = 1280, 24  # pixels of the page, and between its parts
PARTS = ("header", "main > section:first-of-type", "section[aria-labelledby=explorer]")
FLAGS = (
    "headless",
    "no-sandbox",
    "disable-gpu",
    "hide-scrollbars",
    "no-first-run",
    "host-resolver-rules=MAP * ~NOTFOUND",
)


def pictures(page: Path) -> list[Image.Image]:
    """The parts of a page that are shown, one by one."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    with tempfile.TemporaryDirectory() as profile:
        for flag in (*FLAGS, f"window-size={WIDTH},2400", f"user-data-dir={profile}"):
            options.add_argument(f"--{flag}")
        window = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        try:
            window.get(page.resolve().as_uri())
            WebDriverWait(window, 30).until(lambda _: window.find_elements("css selector", "body[data-ready]"))
            shots = [window.find_element("css selector", part).screenshot_as_png for part in PARTS]
        finally:
            window.quit()
    return [Image.open(io.BytesIO(shot)).convert("RGB") for shot in shots]


def write(run: Path, target: Path) -> None:
    """The parts below each other, in as many colours as the page has."""
    parts = pictures(run)
    height = sum(part.height + GAP for part in parts) + GAP
    whole = Image.new("RGB", (max(part.width for part in parts) + 2 * GAP, height), "white")
    top = GAP
    for part in parts:
        whole.paste(part, (GAP, top))
        top += part.height + GAP
    whole.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:]))
