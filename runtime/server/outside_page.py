"""The one page that those see who may not come in. It says nothing of the app, and needs no other file."""

from html import escape

_STYLE = """
:root { color-scheme: light dark; --page: #faf9f7; --surface: #fff; --ink: #1c1b19; --muted: #67645d; --line: #e4e1da;
  --edge: #918c81; --accent: #2457c5; --accent-ink: #fff; --bad: #b3261e;
  font: 15px/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
@media (prefers-color-scheme: dark) { :root { --page: #151413; --surface: #1d1c1a; --ink: #edebe6; --muted: #a29e95;
  --line: #33302c; --edge: #7d786f; --accent: #84a9ff; --accent-ink: #10182b; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { display: grid; min-height: 100vh; min-height: 100dvh; margin: 0; padding: 24px 18px; place-items: center;
  background: var(--page); color: var(--ink); }
main { width: min(340px, 100%); margin-bottom: 12vh; }
h1 { margin: 0 0 14px; font-size: 17px; font-weight: 600; text-wrap: balance; }
p { margin: 0; text-wrap: pretty; }
label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
input, button { width: 100%; min-height: 44px; border-radius: 10px; font: inherit; }
input { padding: 0 12px; border: 1px solid var(--edge); background: var(--surface); color: inherit; }
button { margin-top: 10px; border: 0; background: var(--accent); color: var(--accent-ink); font-weight: 560;
  cursor: pointer; }
::placeholder { color: var(--muted); opacity: 1; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
a { display: inline-block; margin-top: 10px; color: var(--accent); }
.problem { margin-top: 10px; color: var(--bad); font-size: 14px; }
""".strip()


def outside_page(sentence: str | None, problem: str = "", link: str | None = None) -> str:
    """Return the page as HTML.

    Args:
        sentence: What to say instead of asking for a password, or None to ask for it.
        problem: What was wrong with the password that was typed, or "".
        link: What opens the same address in a window of its own, or None for no such link.
    """
    if sentence is not None:
        further = f'<a href="" target="_blank" rel="noopener">{escape(link)}</a>' if link else ""
        return _page("Not open", f"<p>{escape(sentence)}</p>{further}")
    told = ' aria-invalid="true" aria-describedby="problem"' if problem else ""
    said = f'<p class="problem" id="problem" role="alert">{escape(problem)}</p>' if problem else ""
    return _page(
        "Password",
        f"""<h1>This page needs a password</h1>
<form method="post">
<label for="password">Password</label>
<input id="password" name="password" type="password" placeholder="Password" autocomplete="current-password" required
 autofocus{told}>
{said}
<button>Open</button>
</form>""",
    )


def _page(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
