import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { build, type InlineConfig, type Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** What a page of recorded answers has in place of parts that load others later, or that only a host could serve. */
const STAND_INS: Record<string, string> = {
  "../registry": "src/export/registry.ts",
  "../parts/Waveform.svelte": "src/export/Waveform.svelte",
  "../parts/vega": "src/export/vega.ts",
};

const standIns: Plugin = {
  name: "stand-ins",
  enforce: "pre",
  resolveId: (source) => (source in STAND_INS ? `${import.meta.dirname}/${STAND_INS[source]}` : null),
};

/** One script, and its style if it has one, with all that they need: Python puts them into the exported file. */
function whole(name: string, input: string, plugins: Plugin[]): InlineConfig {
  return {
    configFile: false,
    root: import.meta.dirname,
    logLevel: "warn",
    plugins: [plugins, svelte()],
    build: {
      outDir: "static/export",
      emptyOutDir: false,
      copyPublicDir: false,
      target: "es2022",
      modulePreload: false,
      cssCodeSplit: false,
      chunkSizeWarningLimit: 1200,
      // Goes into each exported file with the script.
      license: { fileName: `${name}.licenses.md` },
      rolldownOptions: {
        input,
        // What loads parts later asks where it is; here nothing does.
        transform: { define: { "import.meta": "{}" } },
        output: { format: "iife", codeSplitting: false, entryFileNames: `${name}.js`, assetFileNames: `${name}.[ext]` },
      },
    },
  };
}

/** After the page itself, which empties the folder: the page that needs no host. */
const exported: Plugin = {
  name: "exported",
  apply: "build",
  async closeBundle() {
    await build(whole("page", "src/export/main.ts", [standIns]));
    await build(whole("vega", "src/export/drawing.ts", []));
  },
};

/** Beside each asset its compressed form, which the host sends to whoever takes it: compressing at each request would cost it. */
const compressed: Plugin = {
  name: "compressed",
  apply: "build",
  writeBundle({ dir }, bundle) {
    for (const name of Object.keys(bundle).filter((name) => name.startsWith("assets/"))) {
      const whole = readFileSync(`${dir}/${name}`);
      const small = gzipSync(whole, { level: 9 });
      if (small.length < 0.9 * whole.length) writeFileSync(`${dir}/${name}.gz`, small);
    }
  },
};

export default defineConfig({
  plugins: [svelte(), exported, compressed],
  // An app is served under any path, so every address in the build is relative to the page.
  base: "./",
  build: {
    outDir: "static",
    emptyOutDir: true,
    target: "es2022",
    // The content security policy allows no inline script, and every browser that we aim at knows modulepreload.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    license: { fileName: "licenses.md" },
    rolldownOptions: {
      input: { page: "index.html", embed: "src/embed/embed.ts" },
      // Other sites name this file in their pages: it has no digest in its name.
      output: { entryFileNames: (chunk) => (chunk.name === "embed" ? "embed.js" : "assets/[name]-[hash].js") },
    },
  },
  // Tests run the browser's half of Svelte, where runes are alive.
  resolve: process.env.VITEST ? { conditions: ["browser"] } : {},
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
