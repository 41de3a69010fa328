"""What the site has beside the pages of `docs/`: the root's pages, linked files of the repository, and pictures.

MkDocs calls these functions (`mkdocs.yml`). The pages are written for a code forge, where a link leads through the
repository's folders and a comment is not seen; here such links and comments become what the site needs:

- `../CONTRIBUTING.md` and `../CHANGELOG.md` are pages of the site, and any other file that a page links to is copied;
- `<!-- screenshot NAME: what it shows -->` becomes the picture of that name that `docs/screenshots.py` made, in its
  light and its dark form. Without that picture, as in a build without Chromium, the comment stays a comment.
"""

import html
import os
import posixpath
import re
from pathlib import Path, PurePosixPath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
ROOT_PAGES = ("CONTRIBUTING.md", "CHANGELOG.md")
COPIED = "repository"
SCREENSHOTS = Path(os.environ.get("MODELAPP_SCREENSHOTS", ROOT / "build" / "screenshots"))
SEARCH = 'data-md-component="search" role="dialog"'
LINK = re.compile(r"\]\(([^)\s#:]+)")
SCREENSHOT = re.compile(r"^<!-- screenshot ([\w-]+): (.+?) -->$", re.MULTILINE)


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the root's pages, the files that pages link to, and the screenshots."""
    for name in ROOT_PAGES:
        files.append(File.generated(config, name, content=(ROOT / name).read_text(encoding="utf-8")))
    linked: set[str] = set()
    for file in files.documentation_pages():
        for link in LINK.findall(file.content_string):
            name = repository_path(link, file.src_uri)
            if name and name not in ROOT_PAGES and not name.startswith("docs/") and (ROOT / name).is_file():
                linked.add(name)
    for name in sorted(linked):
        files.append(File.generated(config, f"{COPIED}/{name}", abs_src_path=str(ROOT / name)))
    for picture in sorted(SCREENSHOTS.glob("*.webp")):
        files.append(File.generated(config, f"images/{picture.name}", abs_src_path=str(picture)))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn a page's links and its comments about screenshots into those of the site."""

    def link(match: re.Match[str]) -> str:
        name = repository_path(match[1], page.file.src_uri)
        if name is None:
            return match[0]
        if page.file.src_uri in ROOT_PAGES and name.startswith("docs/"):
            return f"]({name.removeprefix('docs/')}"
        if name in ROOT_PAGES:
            return f"]({name}"
        return f"]({COPIED}/{name}" if (ROOT / name).is_file() else match[0]

    def picture(match: re.Match[str]) -> str:
        name, words = match[1], html.escape(match[2])
        found = {scheme: f"images/{name}-{scheme}.webp" for scheme in ("light", "dark")}
        if not files.get_file_from_path(found["light"]):
            return match[0]
        if not files.get_file_from_path(found["dark"]):
            return f"![{words}]({found['light']}){{ .screenshot .{name} loading=lazy }}"
        return "\n".join(
            f"![{words}]({path}#only-{scheme}){{ .screenshot .{name} loading=lazy }}" for scheme, path in found.items()
        )

    if '<div class="grid"' in markdown:
        page.meta["hide"] = ["toc"]  # two scripts side by side need the room
    return SCREENSHOT.sub(picture, LINK.sub(link, markdown))


def on_post_page(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """Name the search for a screen reader: the theme's dialog has no name."""
    return output.replace(SEARCH, f'{SEARCH} aria-label="Search"')


def repository_path(link: str, source: str) -> str | None:
    """Return the path in the repository that a page's link leads to, or None if it stays among the pages of `docs/`.

    `source` is the page's path in the site; the root's pages stand at the top there, too.
    """
    if source in ROOT_PAGES:
        return link
    path = posixpath.normpath(f"{PurePosixPath('docs', source).parent}/{link}")
    return None if path.startswith(("docs/", "..")) else path
