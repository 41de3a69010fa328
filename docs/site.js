// What scrolls sideways must be reached by the keyboard: code, and the wide tables that the theme wraps later.
function reachable() {
  for (const part of document.querySelectorAll("pre > code, .md-typeset__scrollwrap")) part.tabIndex = 0;
}
reachable();
new MutationObserver(reachable).observe(document.body, { childList: true, subtree: true });
