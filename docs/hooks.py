"""What `mkdocs build` adds to the pages of this folder: the tutorial, a sample report, and files of the repository.

Links in the pages lead to files of the repository, so that they work there too. On the site a link that leaves this
folder leads to a copy: a page for those in `PAGES`, the file itself under `source/` for the rest.
"""

import posixpath
import re
import tempfile
from pathlib import Path

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from nbconvert import MarkdownExporter
from sample_report import write

DOCS = Path(__file__).parent
ROOT = DOCS.parent
REPORT = "sample/report.html"
# Pages of the site from files elsewhere in the repository.
PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "index.md",
    "docs/tutorial.ipynb": "tutorial.md",
    "geodata/README.md": "geodata.md",
}
ORIGINS = {page: origin for origin, page in PAGES.items() if page != "index.md"}
LINK = re.compile(r"(\]\()(?!https?:|#|mailto:)([^)#\s]+)")

_folder = tempfile.TemporaryDirectory()  # of the sample report, which `mkdocs serve` makes once


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages and files that do not lie in this folder."""
    for page, origin in ORIGINS.items():
        if origin.endswith(".md"):
            files.append(File.generated(config, page, content=(ROOT / origin).read_text(encoding="utf-8")))
    for name, content in _tutorial().items():
        files.append(File.generated(config, name, content=content))
    for file in files.documentation_pages():
        for path in _outside(file):
            files.append(File.generated(config, f"source/{path}", abs_src_path=str(ROOT / path)))
    report = Path(_folder.name) / "report.html"
    if not report.exists():
        write(report)
    files.append(File.generated(config, REPORT, abs_src_path=str(report)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """The page with links to files of the repository replaced by links to their place on the site."""
    del config, files
    here, origin = page.file.src_uri, _origin(page.file)

    def moved(match: re.Match[str]) -> str:
        target = _on_site(_resolved(origin, match[2]))
        return match[1] + posixpath.relpath(target, posixpath.dirname(here) or ".")

    return LINK.sub(moved, markdown)


def _origin(file: File) -> str:
    """The path in the repository of the file that a page is made from."""
    return ORIGINS.get(file.src_uri, f"docs/{file.src_uri}")


def _resolved(origin: str, link: str) -> str:
    """The path in the repository that a link of a file leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(origin), link))


def _on_site(path: str) -> str:
    """Where a file of the repository lies on the site."""
    if path in PAGES:
        return PAGES[path]
    return path.removeprefix("docs/") if path.startswith("docs/") else f"source/{path}"


def _outside(file: File) -> set[str]:
    """Files of the repository that a page links to and that are copied to the site."""
    linked = {_resolved(_origin(file), link) for _, link in LINK.findall(file.content_string)}
    return {path for path in linked if path not in PAGES and not path.startswith("docs/") and (ROOT / path).is_file()}


def _tutorial() -> dict[str, str | bytes]:
    """The tutorial as a page and its figures, from what is stored in the notebook: nothing is run."""
    notebook = nbformat.read(DOCS / "tutorial.ipynb", as_version=4)
    exporter = MarkdownExporter()
    body, resources = exporter.from_notebook_node(notebook, {"output_files_dir": "tutorial"})
    return {"tutorial.md": body, **resources["outputs"]}
