"use strict";
for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    const code = button.closest("figure").querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      // Without HTTPS a browser keeps pages from the clipboard: select it, so that one key copies it.
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
}

const trial = document.getElementById("try");
trial?.addEventListener("click", async () => {
  const answer = document.getElementById("answer");
  const status = document.getElementById("status");
  const code = answer.querySelector("code");
  trial.disabled = true;
  answer.hidden = false;
  status.textContent = "Running…";
  try {
    const response = await fetch("run", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: trial.dataset.body,
    });
    const body = await response.json();
    status.textContent = response.ok ? `${(body.seconds * 1000).toFixed(1)} ms` : `Status ${response.status}`;
    code.textContent = JSON.stringify(body, null, 2);
  } catch {
    status.textContent = "The host does not answer.";
  }
  trial.disabled = false;
});
