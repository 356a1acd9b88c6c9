"""Takes a picture of the page of a run for the README: its beginning, and its explorer.

python docs/sample_report.py results/sample.html && python docs/report_picture.py results/sample.html docs/report.png
"""

import base64
import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.support.wait import WebDriverWait

WIDTH, GAP = 1280, 24  # pixels of the page, and between its parts
TALLEST = 900  # pixels of a part
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
            shots = [shot(window, part) for part in PARTS]
        finally:
            window.quit()
    return shots


def shot(window: webdriver.Chrome, part: str) -> Image.Image:
    """A part of the page from its upper edge on, also where it is taller than the window."""
    where = "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
    x, y, width, height = window.execute_script(where + "return [box.x, box.y + scrollY, box.width, box.height]", part)
    clip = dict(x=x, y=y, width=width, height=min(height, TALLEST), scale=1)
    found = window.execute_cdp_cmd("Page.captureScreenshot", dict(clip=clip, captureBeyondViewport=True))
    return Image.open(io.BytesIO(base64.b64decode(found["data"]))).convert("RGB")


def write(page: Path, target: Path) -> None:
    """The parts below each other, in as many colours as the page has."""
    parts = pictures(page)
    height = sum(part.height + GAP for part in parts) + GAP
    whole = Image.new("RGB", (max(part.width for part in parts) + 2 * GAP, height), "white")
    top = GAP
    for part in parts:
        whole.paste(part, (GAP, top))
        top += part.height + GAP
    whole.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:]))
