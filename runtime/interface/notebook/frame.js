/* Puts the app in place of the sentence, in a notebook that is open in front of its kernel. Elsewhere, as in a page that
   was made of a notebook, the sentence stays. */
(async (given) => {
  const place = document.currentScript?.parentElement;
  const sentence = place?.querySelector("p");
  if (!sentence) return;
  const editor = location.protocol === "vscode-webview:" || location.hostname.endsWith(".vscode-cdn.net");

  /** The path of the notebook's server; null if no notebook is open here. */
  const serverPath = () => {
    const settings = document.getElementById("jupyter-config-data");
    try {
      if (settings) return JSON.parse(settings.textContent).baseUrl ?? "/";
    } catch {
      return null;
    }
    return document.body.dataset.baseUrl ?? null;
  };

  /** True if this very app is at an address, and not another one that has its port. */
  const isAt = async (url) => {
    try {
      const asked = new URL("ticket", url);
      asked.searchParams.set("ticket", given.ticket);
      return (await fetch(asked, { cache: "no-store" })).status === 204;
    } catch {
      return false;
    }
  };

  const local = (host) => new URL(`http://${host}:${given.port}/`);

  /** Where the app is for this browser; null if nowhere, undefined if this is no notebook. */
  const find = async () => {
    const colab = globalThis.google?.colab?.kernel;
    if (colab) return colab.accessAllowed ? new URL(await colab.proxyPort(given.port, { cache: true })) : undefined;
    if (editor) return local("localhost");
    const path = serverPath();
    if (path === null) return undefined;
    const loopback = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(location.hostname);
    // By the notebook's own name: 127.0.0.1 and localhost are two sites, and a browser keeps nothing for another site's frame.
    if (loopback && location.protocol === "http:" && (await isAt(local(location.hostname)))) return local(location.hostname);
    const proxied = new URL(`${path.replace(/\/?$/, "/")}proxy/${given.port}/`, location.origin);
    return (await isAt(proxied)) ? proxied : null;
  };

  const url = await find();
  if (url === undefined) return;
  if (url === null) {
    sentence.textContent =
      `“${given.name}” cannot be reached from here. If its kernel was restarted, run the cell again. If the kernel is on another ` +
      "machine, install jupyter-server-proxy beside the Jupyter server there, or share the page by a public link (share=).";
    return;
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  url.searchParams.set("ticket", given.ticket);
  url.searchParams.append("at", url.origin);
  for (const around of [location.origin, ...(location.ancestorOrigins ?? [])]) url.searchParams.append("around", around);
  const app = document.createElement("model-app");
  if (given.height) app.setAttribute("height", String(given.height));
  app.setAttribute("src", url.href);
  sentence.replaceWith(app);
})
