"""A browser for the tests of the report, which opens the page that the fixture `file` of a module names."""

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def browser(tmp_path_factory) -> Iterator[SimpleNamespace]:
    """Chromium without a window, which finds no host."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="the browser's tests need selenium")
    from selenium.webdriver.support import select
    from selenium.webdriver.support.wait import WebDriverWait

    binary, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip("the browser's tests need chromium and chromedriver on the PATH")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (
        *("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-constants-networking"),
        *("disable-component-update", "disable-sync", "host-resolver-rules=MAP * ~NOTFOUND", "window-size=1280,1600"),
        f"user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    window = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))

    downloads = tmp_path_factory.mktemp("downloads")
    allowed = dict(behavior="allow", downloadPath=str(downloads))
    window.execute_cdp_cmd("Browser.setDownloadBehavior", allowed)

    def choose(selector: str, number: object) -> None:
        """Chooses from a list, and waits until it shows: a variable is read first."""
        select.Select(window.find_element("css selector", selector)).select_by_value(str(number))
        panes = {"#variable": 0, "#second-variable": 1}
        shows = (
            f"return view.panes[{panes.get(selector, 0)}].variable == {number}" if selector in panes else "return true"
        )
        WebDriverWait(window, 20).until(lambda _: window.execute_script(shows))

    yield SimpleNamespace(
        window=window,
        downloads=downloads,
        find=lambda selector: window.find_elements("css selector", selector),
        one=lambda selector: window.find_element("css selector", selector),
        fills=lambda: window.execute_script("return maps[0].paths.map((path) => path.getAttribute('fill'))"),
        actions=lambda: webdriver.ActionChains(window),
        keys=webdriver.Keys,
        choose=choose,
        wait=lambda condition: WebDriverWait(window, 20).until(lambda _: condition()),
    )
    window.quit()


@pytest.fixture
def opened(browser: SimpleNamespace, file: Path) -> SimpleNamespace:
    browser.window.get(file.as_uri())
    browser.wait(lambda: browser.find("body[data-ready]"))
    return browser


@pytest.fixture
def resize(opened: SimpleNamespace) -> Iterator[Callable[[int], None]]:
    """Shows the page at a width; below 600 on a device with a touch screen."""

    def resized(width: int) -> None:
        screen = dict(width=width, height=844, deviceScaleFactor=1, mobile=width < 600)
        opened.window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        opened.window.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", dict(enabled=width < 600))

    yield resized
    opened.window.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    opened.window.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", dict(enabled=False))


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, which looks for violations of the guidelines of accessibility, WCAG, and of practice."""
    package = importlib.util.find_spec("axe_playwright_python")
    if package is None or package.origin is None:
        pytest.skip("the check of accessibility needs axe-core: pip install axe-playwright-python")
    return Path(package.origin).with_name("axe.min.js").read_text(encoding="utf-8")
