"""A hook of mkdocs: the front page is README.md, and links to files that are no pages lead into the repository.

On GitHub README.md and the pages link files of the repository by their relative paths. Here each is looked for, and one
that is not there is a warning, which ends a strict build. Where `REPOSITORY_URL` says where the repository can be
looked at, the link leads there, else it becomes plain text: a link into nothing helps nobody.
"""

import logging
import os
import re
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = ROOT / "docs"
FRONT: Final = "index.md"
_LINK: Final = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#]*)(#[^)\s]*)?\)", re.DOTALL)
_ELSEWHERE: Final = ("http:", "https:", "mailto:")
_log = logging.getLogger("mkdocs.hooks.site")


def on_files(files: Any, config: Any) -> Any:
    """mkdocs calls it with what it has found in docs/: README.md comes in as the front page."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, FRONT, content=(ROOT / "README.md").read_text()))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """mkdocs calls it with each page's text."""
    name = page.file.src_uri
    linked, missing = rewritten(markdown, ROOT if name == FRONT else DOCS, os.environ.get("REPOSITORY_URL", ""))
    for target in missing:
        _log.warning("%s links %s, which is not in this repository", name, target)
    return linked


def rewritten(markdown: str, folder: Path, repository: str) -> tuple[str, list[str]]:
    """The text of a page of `folder` with its links as the site needs them, and the targets that are not there."""
    missing = []

    def one(found: re.Match[str]) -> str:
        picture, text, target, anchor = found[1], found[2], found[3], found[4] or ""
        if not target or target.startswith(_ELSEWHERE):
            return found[0]
        path = (folder / target).resolve()
        if not path.exists() or not path.is_relative_to(ROOT):
            missing.append(target)
            return found[0]
        if path.parent == DOCS and path.suffix in (".md", ".svg"):
            return f"{picture}[{text}]({path.name}{anchor})"
        if path == ROOT / "README.md":
            return f"{picture}[{text}]({FRONT}{anchor})"
        inside = path.relative_to(ROOT).as_posix()
        return f"[{text}]({repository.rstrip('/')}/{inside}{anchor})" if repository else text

    return _LINK.sub(one, markdown), missing
